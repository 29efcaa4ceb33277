-- The ledger: a row is a transfer between two accounts of one currency, so an unbalanced row cannot be written.

CREATE TABLE ledger_account (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    id          uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN (
        'PROVIDER_RECEIVABLE', -- what providers owe us by their reports
        'REVENUE_CLEARING',    -- posted lines waiting for a run
        'SUSPENSE',            -- money that waits for an item, a contract, a rate
        'SKIPPED',             -- amounts in rows that are no revenue
        'PRECISION',           -- digits beyond 18 places
        'FX_CLEARING',         -- payees' royalties between line and contract currency
        'MARGIN',              -- what stays with the tenant
        'ROYALTY_PAYABLE',     -- owed to a payee under a contract
        'ROUNDING',            -- remainders carried per payee and contract
        'ADVANCE',             -- advances paid and not yet recouped
        'CASH',                -- money that left the house
        'IN_TRANSIT',          -- payments released, not yet settled
        'WALLET'               -- a payee's internal wallet
    )),
    currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    contract_id uuid,
    party_id    uuid,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, id, currency),
    UNIQUE NULLS NOT DISTINCT (tenant_id, kind, currency, contract_id, party_id),
    FOREIGN KEY (tenant_id, contract_id) REFERENCES contract (tenant_id, id),
    FOREIGN KEY (tenant_id, party_id) REFERENCES party (tenant_id, id)
);
CREATE INDEX ledger_account_party ON ledger_account (tenant_id, party_id);
CREATE INDEX ledger_account_contract ON ledger_account (tenant_id, contract_id);
CALL app.protect('ledger_account', 'append');

CREATE TABLE ledger_transfer (
    tenant_id         uuid NOT NULL,
    id                uuid NOT NULL,
    posting_id        uuid NOT NULL, -- transfers posted together
    debit_account_id  uuid NOT NULL,
    credit_account_id uuid NOT NULL,
    currency          text NOT NULL,
    amount            numeric NOT NULL CHECK (amount > 0),
    accounting_month  date NOT NULL,
    source_kind       text NOT NULL, -- REPORT, RUN, ADVANCE, PAYMENT
    source_id         uuid NOT NULL,
    purpose           text NOT NULL, -- what for, unique within the source
    phase             text NOT NULL DEFAULT 'POSTED' CHECK (phase IN ('PENDING', 'POSTED', 'VOIDED')),
    pending_id        uuid,          -- the pending transfer that this one posts or voids
    posted_at         timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, source_kind, source_id, purpose),
    UNIQUE (tenant_id, pending_id),
    FOREIGN KEY (tenant_id, debit_account_id, currency) REFERENCES ledger_account (tenant_id, id, currency),
    FOREIGN KEY (tenant_id, credit_account_id, currency) REFERENCES ledger_account (tenant_id, id, currency),
    FOREIGN KEY (tenant_id, pending_id) REFERENCES ledger_transfer (tenant_id, id),
    CHECK (debit_account_id <> credit_account_id),
    CHECK ((phase = 'VOIDED') <= (pending_id IS NOT NULL))
);
CREATE INDEX ledger_transfer_debit ON ledger_transfer (tenant_id, debit_account_id, id);
CREATE INDEX ledger_transfer_credit ON ledger_transfer (tenant_id, credit_account_id, id);
CALL app.protect('ledger_transfer', 'append');

-- Kept beside the transfers and checked against them. The row exists before it is locked.
CREATE TABLE ledger_balance (
    tenant_id      uuid NOT NULL,
    account_id     uuid NOT NULL,
    debits         numeric NOT NULL DEFAULT 0 CHECK (debits >= 0),
    credits        numeric NOT NULL DEFAULT 0 CHECK (credits >= 0),
    pending_debits numeric NOT NULL DEFAULT 0 CHECK (pending_debits >= 0),
    pending_credits numeric NOT NULL DEFAULT 0 CHECK (pending_credits >= 0),
    PRIMARY KEY (tenant_id, account_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES ledger_account (tenant_id, id)
);
CALL app.protect('ledger_balance', 'keep');
