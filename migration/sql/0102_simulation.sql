-- Simulations: other rules or rates against real history. They change nothing; what they give is a difference. A
-- recalculation of closed months is the same thing with the rules as they are now, and what it gives is a proposal.

CREATE TABLE simulation (
    tenant_id          uuid NOT NULL REFERENCES tenant,
    id                 uuid NOT NULL,
    operation_id       uuid NOT NULL,
    kind               text NOT NULL CHECK (kind IN ('SIMULATION', 'RECALCULATION')),
    name               text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    state              text NOT NULL CHECK (state IN ('QUEUED', 'COMPUTING', 'COMPUTED', 'ACCEPTED', 'REJECTED', 'FAILED')),
    month_from         date NOT NULL CHECK (extract(day FROM month_from) = 1),
    month_to           date NOT NULL CHECK (extract(day FROM month_to) = 1),
    changes            jsonb NOT NULL, -- what is different from the history
    run_count          int    NOT NULL DEFAULT 0,
    line_count         bigint NOT NULL DEFAULT 0,
    changed_line_count bigint NOT NULL DEFAULT 0,
    failure_code       text,
    failure_message    text,
    version            int  NOT NULL DEFAULT 1,
    created_by         uuid NOT NULL,
    created_at         timestamptz NOT NULL,
    computed_at        timestamptz,
    decided_by         uuid,
    decided_at         timestamptz,
    PRIMARY KEY (tenant_id, id),
    CHECK (month_to >= month_from),
    CONSTRAINT simulation_four_eyes CHECK (state <> 'ACCEPTED' OR decided_by <> created_by),
    CHECK (state NOT IN ('ACCEPTED', 'REJECTED') OR (kind = 'RECALCULATION' AND decided_by IS NOT NULL))
);
CALL app.protect('simulation', 'keep');

-- What is different, and by how much. Only differences are kept.
--   ACCOUNT  per contract and payee: earned, recouped, payable
--   ITEM     per contract and item: earned
--   CURRENCY per line currency: where the money of the lines goes (part: PAYEES, MARGIN, SUSPENSE)
--   LINE     per report line, contract and payee: the largest differences
CREATE TABLE simulation_diff (
    tenant_id       uuid NOT NULL,
    simulation_id   uuid NOT NULL,
    dimension       text NOT NULL CHECK (dimension IN ('ACCOUNT', 'ITEM', 'CURRENCY', 'LINE')),
    seq             bigint NOT NULL, -- the largest difference first
    contract_id     uuid,
    party_id        uuid,
    item_kind       smallint,
    item_id         uuid,
    part            text,
    report_id       uuid,
    report_line_no  bigint,
    currency        text NOT NULL,
    before          numeric NOT NULL, -- exact
    after           numeric NOT NULL,
    recouped_before numeric,
    recouped_after  numeric,
    payable_before  numeric,
    payable_after   numeric,
    PRIMARY KEY (tenant_id, simulation_id, dimension, seq),
    FOREIGN KEY (tenant_id, simulation_id) REFERENCES simulation (tenant_id, id)
);
CALL app.protect('simulation_diff', 'append');
