-- What was paid, held against what was reported.

CREATE TABLE control_total (
    tenant_id     uuid NOT NULL REFERENCES tenant,
    id            uuid NOT NULL,
    origin        text NOT NULL CHECK (origin IN ('HAND', 'X12_820')),
    source_id     uuid,
    remittance_id uuid,              -- the message it was taken from
    payer         text NOT NULL CHECK (length(payer) BETWEEN 1 AND 500),
    reference     text NOT NULL CHECK (length(reference) <= 500),
    currency      text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount        numeric NOT NULL,
    received_on   date,
    tolerance     numeric NOT NULL CHECK (tolerance >= 0), -- what may be open without holding a run's approval up
    note          text,
    version       int NOT NULL,
    created_by    text NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, remittance_id),
    FOREIGN KEY (tenant_id, source_id) REFERENCES source (tenant_id, id),
    FOREIGN KEY (tenant_id, remittance_id) REFERENCES remittance (tenant_id, id)
);
CALL app.protect('control_total', 'keep');

-- Which reports it pays for. The money of a report in one currency is paid once.
CREATE TABLE control_total_report (
    tenant_id        uuid NOT NULL,
    control_total_id uuid NOT NULL,
    report_id        uuid NOT NULL,
    currency         text NOT NULL,
    PRIMARY KEY (tenant_id, control_total_id, report_id),
    CONSTRAINT control_total_report_once UNIQUE (tenant_id, report_id, currency),
    FOREIGN KEY (tenant_id, control_total_id) REFERENCES control_total (tenant_id, id),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id)
);
CALL app.protect('control_total_report', 'edit');

-- Differences that somebody has explained; each is a posting of the ledger.
CREATE TABLE control_difference (
    tenant_id        uuid NOT NULL,
    id               uuid NOT NULL,
    control_total_id uuid NOT NULL,
    reason           text NOT NULL CHECK (reason IN ('FX', 'BANK_FEE', 'TAX', 'PROVIDER_FEE', 'TIMING', 'UNEXPLAINED')),
    amount           numeric NOT NULL CHECK (amount <> 0), -- paid less reported
    note             text NOT NULL CHECK (length(note) BETWEEN 1 AND 500),
    accounting_month date NOT NULL CHECK (extract(day FROM accounting_month) = 1),
    booked_by        text NOT NULL,
    booked_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, control_total_id) REFERENCES control_total (tenant_id, id)
);
CREATE INDEX control_difference_total ON control_difference (tenant_id, control_total_id);
CALL app.protect('control_difference', 'append');

-- One more kind of account, beside whatever kinds there are.
DO $$
DECLARE known text;
BEGIN
    SELECT pg_get_constraintdef(oid) INTO STRICT known FROM pg_constraint
     WHERE conrelid = 'ledger_account'::regclass AND conname = 'ledger_account_kind_known';
    IF known NOT LIKE '%RECEIPT_DIFFERENCE%' THEN
        ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_kind_known;
        EXECUTE 'ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_kind_known '
            || regexp_replace(known, 'ARRAY\[', 'ARRAY[''RECEIPT_DIFFERENCE''::text, ');
    END IF;
END $$;
