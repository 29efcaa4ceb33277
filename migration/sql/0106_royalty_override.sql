-- Amounts that a person enters for a payee under a contract, with a reason. A second person decides; what is approved
-- enters the next run of its month or later, is recouped from as a royalty is, and stands on the statement as a correction.

CREATE TABLE royalty_override (
    tenant_id        uuid NOT NULL,
    id               uuid NOT NULL,
    contract_id      uuid NOT NULL,
    party_id         uuid NOT NULL,
    accounting_month date NOT NULL CHECK (extract(day FROM accounting_month) = 1),
    amount           numeric NOT NULL CHECK (amount <> 0),
    currency         text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reason           text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    simulation_id    uuid, -- the recalculation that found it
    state            text NOT NULL CHECK (state IN ('PROPOSED', 'APPROVED', 'REJECTED')),
    version          int  NOT NULL DEFAULT 1,
    created_by       uuid NOT NULL,
    created_at       timestamptz NOT NULL,
    decided_by       uuid,
    decided_by_name  text,
    decided_at       timestamptz,
    run_id           uuid, -- the finalised run that took it
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, contract_id) REFERENCES contract (tenant_id, id),
    FOREIGN KEY (tenant_id, party_id) REFERENCES party (tenant_id, id),
    FOREIGN KEY (tenant_id, simulation_id) REFERENCES simulation (tenant_id, id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES calculation_run (tenant_id, id),
    CONSTRAINT royalty_override_four_eyes CHECK (decided_by <> created_by),
    CHECK ((state = 'PROPOSED') = (decided_by IS NULL)),
    CHECK (run_id IS NULL OR state = 'APPROVED')
);
CREATE INDEX royalty_override_contract ON royalty_override (tenant_id, contract_id);
CREATE INDEX royalty_override_party ON royalty_override (tenant_id, party_id);
CREATE INDEX royalty_override_simulation ON royalty_override (tenant_id, simulation_id);
CREATE INDEX royalty_override_run ON royalty_override (tenant_id, run_id);
CALL app.protect('royalty_override', 'keep');
