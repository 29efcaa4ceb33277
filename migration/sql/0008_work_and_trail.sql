-- Long work as seen from outside, idempotency, the outbox and the audit trail.

CREATE TABLE operation (
    tenant_id    uuid NOT NULL REFERENCES tenant,
    id           uuid NOT NULL,
    kind         text NOT NULL,
    subject      text, -- TypeID of what it works on
    state        text NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    stage        text NOT NULL DEFAULT '',
    done         bigint NOT NULL DEFAULT 0,
    total        bigint,
    unit         text NOT NULL DEFAULT 'items',
    failure_code text,
    failure_message text,
    cancel_requested boolean NOT NULL DEFAULT false,
    version      int NOT NULL DEFAULT 1,
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CALL app.protect('operation', 'keep');

CREATE TABLE idempotency_key (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    key        text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    mutation   text NOT NULL,
    input_hash bytea NOT NULL,
    result     jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key)
);
CALL app.protect('idempotency_key', 'keep');

-- Written in the transaction of the change; read only below the oldest running transaction, because sequence
-- numbers become visible out of order.
CREATE TABLE outbox (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    topic      text NOT NULL,
    payload    jsonb NOT NULL,
    xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
-- The one reader goes through the events of all tenants in commit-safe order.
CREATE INDEX outbox_order ON outbox (xid, id);
CALL app.protect('outbox', 'append');
GRANT SELECT, DELETE ON outbox TO tunemantra_system;
CREATE POLICY system ON outbox TO tunemantra_system USING (true);

CREATE TABLE audit_entry (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    id          uuid NOT NULL,
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    request_id  text NOT NULL,
    action      text NOT NULL,
    entity_kind text NOT NULL,
    entity_id   uuid NOT NULL,
    before      jsonb,
    after       jsonb,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, seq)
);
CREATE INDEX audit_entry_entity ON audit_entry (tenant_id, entity_kind, entity_id, seq);
CALL app.protect('audit_entry', 'append');

-- The sealer chains entries per tenant in order: a changed byte, a missing row or a splice breaks the chain.
CREATE TABLE audit_seal (
    tenant_id uuid NOT NULL,
    chain_no  bigint NOT NULL CHECK (chain_no > 0),
    entry_seq bigint NOT NULL,
    previous  bytea NOT NULL,
    hash      bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, chain_no),
    UNIQUE (tenant_id, entry_seq),
    FOREIGN KEY (tenant_id, entry_seq) REFERENCES audit_entry (tenant_id, seq)
);
CALL app.protect('audit_seal', 'append');

-- Rows of a bulk import that were refused, with the place and the reason. Line 1 is the header.
CREATE TABLE import_error (
    tenant_id    uuid NOT NULL,
    operation_id uuid NOT NULL,
    line_no      bigint NOT NULL CHECK (line_no > 0),
    seq          int NOT NULL,
    column_name  text,
    code         text NOT NULL,
    message      text NOT NULL,
    raw          text NOT NULL,
    PRIMARY KEY (tenant_id, operation_id, line_no, seq),
    FOREIGN KEY (tenant_id, operation_id) REFERENCES operation (tenant_id, id)
);
CALL app.protect('import_error', 'append');
