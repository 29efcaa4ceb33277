-- Calculation runs and their results.

CREATE TABLE accounting_month (
    tenant_id uuid NOT NULL REFERENCES tenant,
    month     date NOT NULL CHECK (extract(day FROM month) = 1),
    state     text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'CLOSED')),
    closed_by_run_id uuid,
    closed_at timestamptz,
    PRIMARY KEY (tenant_id, month),
    CHECK ((state = 'CLOSED') = (closed_at IS NOT NULL))
);
CALL app.protect('accounting_month', 'keep');

CREATE TABLE calculation_run (
    tenant_id        uuid NOT NULL REFERENCES tenant,
    id               uuid NOT NULL,
    operation_id     uuid NOT NULL,
    accounting_month date NOT NULL,
    mode             text NOT NULL CHECK (mode IN ('BATCH')),
    state            text NOT NULL CHECK (state IN ('QUEUED', 'CALCULATING', 'CALCULATED', 'APPROVED', 'FINALISED', 'FAILED', 'DISCARDED')),
    input_digest     bytea,
    outcome_digest   bytea,
    line_count       bigint NOT NULL DEFAULT 0,
    royalty_line_count bigint NOT NULL DEFAULT 0,
    suspense_count   bigint NOT NULL DEFAULT 0,
    failure_code     text,
    failure_message  text,
    version          int NOT NULL DEFAULT 1,
    created_by       uuid NOT NULL,
    created_at       timestamptz NOT NULL,
    calculated_at    timestamptz,
    approved_by      uuid,
    approved_at      timestamptz,
    finalised_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT calculation_run_four_eyes CHECK (approved_by <> created_by),
    CHECK (state NOT IN ('APPROVED', 'FINALISED') OR approved_by IS NOT NULL)
);
-- One living run per month: whoever comes second is refused.
CREATE UNIQUE INDEX calculation_run_one ON calculation_run (tenant_id, accounting_month)
    WHERE state NOT IN ('FAILED', 'DISCARDED');
CALL app.protect('calculation_run', 'keep');

-- What the run computed from: the rules, rates and opening state as the engine saw them, and the reports.
CREATE TABLE run_input (
    tenant_id uuid NOT NULL,
    run_id    uuid NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('RULES', 'RATES', 'OPENING', 'REPORTS')),
    document  bytea NOT NULL, -- JSON, gzip
    digest    bytea NOT NULL,
    PRIMARY KEY (tenant_id, run_id, kind),
    FOREIGN KEY (tenant_id, run_id) REFERENCES calculation_run (tenant_id, id)
);
CALL app.protect('run_input', 'append');

-- One payee's part of one revenue line. The indices point into the run's recorded rules and rates: they are
-- the derivation.
CREATE TABLE royalty_line (
    tenant_id        uuid NOT NULL,
    accounting_month date NOT NULL,
    run_id           uuid NOT NULL,
    line_no          bigint NOT NULL,
    party_id         uuid NOT NULL,
    contract_id      uuid NOT NULL,
    revenue_month    date NOT NULL, -- the partition of the revenue line
    report_id        uuid NOT NULL,
    report_line_no   bigint NOT NULL,
    contract_ix      int NOT NULL,
    version_ix       int NOT NULL,
    participation_ix int NOT NULL,
    term_ix          int NOT NULL,
    runner_up_ix     int,
    split_ix         int NOT NULL,
    rate_ix          int,
    part             smallint NOT NULL,
    units            bigint NOT NULL,
    source_amount    numeric NOT NULL, -- in the line's currency, at most 18 places
    source_currency  text NOT NULL,
    amount           numeric NOT NULL, -- in the contract's currency, at most 12 places
    currency         text NOT NULL,
    PRIMARY KEY (tenant_id, accounting_month, run_id, line_no)
) PARTITION BY RANGE (accounting_month);
CALL app.protect('royalty_line', 'append');
REVOKE INSERT ON royalty_line FROM tunemantra_app, tunemantra_worker;
GRANT INSERT ON royalty_line TO tunemantra_bulk;

-- Lines the engine could not post, with the reason. The next run takes up what the last finalised one left.
CREATE TABLE calculation_suspense (
    tenant_id        uuid NOT NULL,
    accounting_month date NOT NULL,
    run_id           uuid NOT NULL,
    seq              bigint NOT NULL,
    revenue_month    date NOT NULL,
    report_id        uuid NOT NULL,
    report_line_no   bigint NOT NULL,
    item_kind        smallint NOT NULL,
    item_id          uuid NOT NULL,
    reason           smallint NOT NULL, -- kernel::codes::SuspenseReason
    amount           numeric NOT NULL,
    currency         text NOT NULL,
    PRIMARY KEY (tenant_id, accounting_month, run_id, seq)
) PARTITION BY RANGE (accounting_month);
CALL app.protect('calculation_suspense', 'append');
REVOKE INSERT ON calculation_suspense FROM tunemantra_app, tunemantra_worker;
GRANT INSERT ON calculation_suspense TO tunemantra_bulk;

-- Where a payee's royalty lines lie: ranges instead of a second index.
CREATE TABLE royalty_range (
    tenant_id     uuid NOT NULL,
    run_id        uuid NOT NULL,
    party_id      uuid NOT NULL,
    contract_id   uuid NOT NULL,
    first_line_no bigint NOT NULL,
    last_line_no  bigint NOT NULL,
    PRIMARY KEY (tenant_id, run_id, party_id, contract_id, first_line_no),
    FOREIGN KEY (tenant_id, run_id) REFERENCES calculation_run (tenant_id, id),
    CHECK (last_line_no >= first_line_no)
);
CALL app.protect('royalty_range', 'append');

-- Sums that statements and reports read, one row per payee, contract and value of a dimension.
CREATE TABLE royalty_summary (
    tenant_id   uuid NOT NULL,
    run_id      uuid NOT NULL,
    party_id    uuid NOT NULL,
    contract_id uuid NOT NULL,
    dimension   text NOT NULL CHECK (dimension IN ('ITEM', 'PLATFORM', 'TERRITORY', 'REVENUE_TYPE')),
    key         text NOT NULL,
    currency    text NOT NULL,
    units       bigint NOT NULL,
    row_count   bigint NOT NULL,
    receipts    numeric NOT NULL, -- what entered the contract for this payee's lines, contract currency
    amount      numeric NOT NULL, -- royalty, contract currency, unrounded
    PRIMARY KEY (tenant_id, run_id, party_id, contract_id, dimension, key),
    FOREIGN KEY (tenant_id, run_id) REFERENCES calculation_run (tenant_id, id)
);
CALL app.protect('royalty_summary', 'append');

-- Conservation of the run, per line currency: lines = payees + margin + suspense + rounding.
CREATE TABLE run_total (
    tenant_id uuid NOT NULL,
    run_id    uuid NOT NULL,
    currency  text NOT NULL,
    lines     numeric NOT NULL,
    payees    numeric NOT NULL,
    margin    numeric NOT NULL,
    suspense  numeric NOT NULL,
    line_count bigint NOT NULL,
    PRIMARY KEY (tenant_id, run_id, currency),
    FOREIGN KEY (tenant_id, run_id) REFERENCES calculation_run (tenant_id, id),
    CONSTRAINT run_total_conservation CHECK (lines = payees + margin + suspense)
);
CALL app.protect('run_total', 'append');

-- The account of one payee under one contract in one run: the exact earning, rounded once when posted, the
-- remainder carried; then recoupment in minor units.
CREATE TABLE run_account (
    tenant_id     uuid NOT NULL,
    run_id        uuid NOT NULL,
    contract_id   uuid NOT NULL,
    party_id      uuid NOT NULL,
    currency      text NOT NULL,
    earned        numeric NOT NULL, -- exact
    opening_carry numeric NOT NULL, -- remainder of earlier roundings
    posted        numeric NOT NULL, -- rounded to the currency's exponent
    closing_carry numeric NOT NULL,
    recouped      numeric NOT NULL CHECK (recouped >= 0),
    payable       numeric NOT NULL,
    PRIMARY KEY (tenant_id, run_id, contract_id, party_id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES calculation_run (tenant_id, id),
    CONSTRAINT run_account_rounding CHECK (earned + opening_carry = posted + closing_carry),
    CONSTRAINT run_account_payable CHECK (payable = posted - recouped)
);
CREATE INDEX run_account_party ON run_account (tenant_id, party_id, run_id);
CALL app.protect('run_account', 'append');

-- What a run recouped from each advance.
CREATE TABLE run_recoupment (
    tenant_id   uuid NOT NULL,
    run_id      uuid NOT NULL,
    contract_id uuid NOT NULL,
    advance_id  uuid NOT NULL,
    opening     numeric NOT NULL CHECK (opening >= 0),
    recouped    numeric NOT NULL CHECK (recouped >= 0),
    closing     numeric NOT NULL CHECK (closing >= 0),
    PRIMARY KEY (tenant_id, run_id, advance_id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES calculation_run (tenant_id, id),
    FOREIGN KEY (tenant_id, advance_id) REFERENCES advance (tenant_id, id),
    CONSTRAINT run_recoupment_identity CHECK (closing = opening - recouped)
);
CREATE INDEX run_recoupment_advance ON run_recoupment (tenant_id, advance_id);
CALL app.protect('run_recoupment', 'append');

-- Partitions of one accounting month, with the protection of their parents and no grant of their own.
CREATE FUNCTION app.ensure_month(wanted date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    first date := date_trunc('month', wanted)::date;
    parent text;
    child text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('app.ensure_month'));
    FOREACH parent IN ARRAY ARRAY['revenue_line', 'royalty_line', 'calculation_suspense'] LOOP
        child := parent || '_' || to_char(first, 'YYYYMM');
        IF to_regclass('public.' || child) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
                           child, parent, first, (first + interval '1 month')::date);
            EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', child);
            EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', child);
            EXECUTE format($f$CREATE POLICY tenant ON public.%I
                USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
                WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)$f$, child);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION app.ensure_month(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.ensure_month(date) TO tunemantra_worker, tunemantra_app;
