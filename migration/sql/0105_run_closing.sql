-- The end of a period, complete: everything the engine says about it, and the state that the next run begins with.

CREATE TABLE run_closing (
    tenant_id uuid NOT NULL,
    run_id    uuid NOT NULL,
    closing   bytea NOT NULL, -- the engine's closing; JSON, gzip
    next      bytea NOT NULL, -- the opening state of the next month; JSON, gzip
    PRIMARY KEY (tenant_id, run_id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES calculation_run (tenant_id, id)
);
CALL app.protect('run_closing', 'append');

-- What else makes and takes a payee's money.
ALTER TABLE run_account
    ADD COLUMN transferred      numeric NOT NULL DEFAULT 0, -- by profit shares and producer points, exact
    ADD COLUMN adjusted         numeric NOT NULL DEFAULT 0, -- entered by hand
    ADD COLUMN deducted         numeric NOT NULL DEFAULT 0, -- by steps of the waterfall per period, exact
    ADD COLUMN reserve_taken    numeric NOT NULL DEFAULT 0,
    ADD COLUMN reserve_consumed numeric NOT NULL DEFAULT 0,
    ADD COLUMN reserve_released numeric NOT NULL DEFAULT 0,
    ADD COLUMN crossed          numeric NOT NULL DEFAULT 0, -- recouped other contracts
    ADD COLUMN guaranteed       numeric NOT NULL DEFAULT 0,
    ADD COLUMN directed_out     numeric NOT NULL DEFAULT 0,
    ADD COLUMN directed_in      numeric NOT NULL DEFAULT 0,
    ADD COLUMN held             numeric NOT NULL DEFAULT 0,
    ADD COLUMN unheld           numeric NOT NULL DEFAULT 0;
ALTER TABLE run_account DROP CONSTRAINT run_account_rounding, DROP CONSTRAINT run_account_payable;
ALTER TABLE run_account
    ADD CONSTRAINT run_account_rounding CHECK
        (earned + transferred + adjusted - deducted + opening_carry = posted + closing_carry),
    ADD CONSTRAINT run_account_payable CHECK
        (payable = posted - reserve_taken + reserve_consumed + reserve_released - recouped - crossed + guaranteed
                   - directed_out + directed_in - held + unheld);

ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_kind_check;
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_kind_known CHECK (kind IN (
    'PROVIDER_RECEIVABLE', 'REVENUE_CLEARING', 'SUSPENSE', 'SKIPPED', 'PRECISION', 'FX_CLEARING', 'MARGIN',
    'ROYALTY_PAYABLE', 'ROUNDING', 'ADVANCE', 'CASH', 'IN_TRANSIT', 'WALLET',
    'RESERVE', -- held back against returns, per payee and contract
    'HELD'     -- what holds and disputes keep back, per payee and contract
));

-- What a run recouped from each cost of a contract, by its own contract and by crossed ones.
CREATE TABLE run_cost (
    tenant_id   uuid NOT NULL,
    run_id      uuid NOT NULL,
    contract_id uuid NOT NULL,
    name        text NOT NULL,
    opening     numeric NOT NULL,
    recouped    numeric NOT NULL CHECK (recouped >= 0),
    closing     numeric NOT NULL,
    PRIMARY KEY (tenant_id, run_id, contract_id, name),
    FOREIGN KEY (tenant_id, run_id) REFERENCES calculation_run (tenant_id, id),
    FOREIGN KEY (tenant_id, contract_id) REFERENCES contract (tenant_id, id),
    CONSTRAINT run_cost_identity CHECK (closing = opening - recouped)
);
CREATE INDEX run_cost_contract ON run_cost (tenant_id, contract_id, name);
CALL app.protect('run_cost', 'append');
