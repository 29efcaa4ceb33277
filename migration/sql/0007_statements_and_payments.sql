-- Statements that never change once published, and payments made from them.

CREATE TABLE statement_batch (
    tenant_id        uuid NOT NULL REFERENCES tenant,
    id               uuid NOT NULL,
    operation_id     uuid NOT NULL,
    accounting_month date NOT NULL,
    state            text NOT NULL CHECK (state IN ('QUEUED', 'PREPARING', 'DRAFT', 'APPROVED', 'PUBLISHED', 'FAILED', 'DISCARDED')),
    statement_count  int NOT NULL DEFAULT 0,
    failure_code     text,
    failure_message  text,
    version          int NOT NULL DEFAULT 1,
    created_by       uuid NOT NULL,
    created_at       timestamptz NOT NULL,
    approved_by      uuid,
    approved_at      timestamptz,
    published_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT statement_batch_four_eyes CHECK (approved_by <> created_by),
    CHECK (state NOT IN ('APPROVED', 'PUBLISHED') OR approved_by IS NOT NULL)
);
CREATE UNIQUE INDEX statement_batch_one ON statement_batch (tenant_id, accounting_month)
    WHERE state NOT IN ('FAILED', 'DISCARDED');
CALL app.protect('statement_batch', 'keep');

CREATE TABLE statement (
    tenant_id         uuid NOT NULL,
    id                uuid NOT NULL,
    batch_id          uuid NOT NULL,
    number            text NOT NULL,
    party_id          uuid NOT NULL,
    currency          text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    period_from       date NOT NULL,
    period_to         date NOT NULL,
    state             text NOT NULL CHECK (state IN ('DRAFT', 'PUBLISHED')),
    previous_id       uuid,
    previous_closing  numeric,
    opening           numeric NOT NULL,
    royalties         numeric NOT NULL,
    costs             numeric NOT NULL, -- advances and costs recouped
    reserves_released numeric NOT NULL DEFAULT 0,
    reserves_taken    numeric NOT NULL DEFAULT 0,
    adjustments       numeric NOT NULL DEFAULT 0,
    payments          numeric NOT NULL,
    tax               numeric NOT NULL DEFAULT 0,
    closing           numeric NOT NULL,
    document          jsonb NOT NULL, -- what every form is rendered from
    content_hash      bytea NOT NULL,
    version           int NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    published_at      timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    UNIQUE (tenant_id, batch_id, party_id, currency),
    UNIQUE (tenant_id, id, party_id, currency, closing),
    -- a statement has one successor, and begins with what its predecessor closed with
    UNIQUE (tenant_id, previous_id),
    FOREIGN KEY (tenant_id, previous_id, party_id, currency, previous_closing)
        REFERENCES statement (tenant_id, id, party_id, currency, closing),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES statement_batch (tenant_id, id),
    FOREIGN KEY (tenant_id, party_id) REFERENCES party (tenant_id, id),
    CHECK (period_to >= period_from),
    CHECK ((previous_id IS NULL) = (previous_closing IS NULL)),
    CONSTRAINT statement_opening CHECK (opening = coalesce(previous_closing, 0)),
    CONSTRAINT statement_identity CHECK (
        closing = opening + royalties - costs + reserves_released - reserves_taken + adjustments - payments - tax),
    CHECK ((state = 'PUBLISHED') = (published_at IS NOT NULL))
);
CREATE INDEX statement_party ON statement (tenant_id, party_id, period_to, id);
CALL app.protect('statement', 'edit');
-- Closed is closed: no role of the program can change or delete a published statement.
CREATE POLICY published_is_final ON statement AS RESTRICTIVE FOR UPDATE USING (state = 'DRAFT') WITH CHECK (true);
CREATE POLICY published_stays ON statement AS RESTRICTIVE FOR DELETE USING (state = 'DRAFT');

CREATE TABLE statement_document (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    statement_id uuid NOT NULL,
    form         text NOT NULL CHECK (form IN ('PDF', 'XLSX', 'CSV')),
    object_key   text NOT NULL,
    file_name    text NOT NULL,
    byte_size    bigint NOT NULL,
    content_hash bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, statement_id, form),
    FOREIGN KEY (tenant_id, statement_id) REFERENCES statement (tenant_id, id)
);
CALL app.protect('statement_document', 'append');

CREATE TABLE payment_batch (
    tenant_id    uuid NOT NULL REFERENCES tenant,
    id           uuid NOT NULL,
    operation_id uuid,
    accounting_month date NOT NULL,
    method       text NOT NULL,
    state        text NOT NULL CHECK (state IN ('DRAFT', 'APPROVED', 'EXECUTING', 'EXECUTED', 'CANCELLED')),
    content_hash bytea NOT NULL, -- an approval is bound to it
    payment_count int NOT NULL,
    version      int NOT NULL DEFAULT 1,
    created_by   uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    approved_by  uuid,
    approved_hash bytea,
    approved_at  timestamptz,
    executed_at  timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT payment_batch_four_eyes CHECK (approved_by <> created_by),
    CONSTRAINT payment_batch_approval CHECK (state NOT IN ('APPROVED', 'EXECUTING', 'EXECUTED') OR approved_hash = content_hash)
);
CALL app.protect('payment_batch', 'keep');

CREATE TABLE payment (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    batch_id   uuid NOT NULL,
    party_id   uuid NOT NULL,
    currency   text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount     numeric NOT NULL CHECK (amount > 0),
    method     text NOT NULL,
    state      text NOT NULL CHECK (state IN ('PLANNED', 'SENT', 'SETTLED', 'FAILED', 'CANCELLED')),
    failure_code text,
    stated_in  uuid, -- the statement that shows it as paid
    version    int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, batch_id, party_id, currency),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES payment_batch (tenant_id, id),
    FOREIGN KEY (tenant_id, party_id) REFERENCES party (tenant_id, id),
    FOREIGN KEY (tenant_id, stated_in) REFERENCES statement (tenant_id, id),
    CHECK ((state = 'SETTLED') = (settled_at IS NOT NULL)),
    CHECK (stated_in IS NULL OR state = 'SETTLED')
);
CREATE INDEX payment_stated ON payment (tenant_id, stated_in);
CREATE INDEX payment_party ON payment (tenant_id, party_id, id);
CALL app.protect('payment', 'keep');

-- What a payment pays: per contract and payee account, and the statement that shows it.
CREATE TABLE payment_part (
    tenant_id    uuid NOT NULL,
    payment_id   uuid NOT NULL,
    account_id   uuid NOT NULL,
    statement_id uuid,
    amount       numeric NOT NULL CHECK (amount > 0),
    PRIMARY KEY (tenant_id, payment_id, account_id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES ledger_account (tenant_id, id),
    FOREIGN KEY (tenant_id, statement_id) REFERENCES statement (tenant_id, id)
);
CREATE INDEX payment_part_statement ON payment_part (tenant_id, statement_id);
CREATE INDEX payment_part_account ON payment_part (tenant_id, account_id);
CALL app.protect('payment_part', 'append');
