-- What somebody should look at in a run: each with a code, how grave it is, and whether the run may be approved while it
-- is open.

CREATE TABLE run_exception (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    run_id      uuid NOT NULL,
    code        text NOT NULL CHECK (code ~ '^[A-Z][A-Z_]*$'),
    severity    text NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'ERROR')),
    is_blocking boolean NOT NULL,
    contract_id uuid,
    party_id    uuid,
    currency    text,
    row_count   bigint,
    amount      numeric,
    message     text NOT NULL,
    state       text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'RESOLVED')),
    assigned_to uuid, -- a member
    note        text,
    resolved_by text,
    resolved_at timestamptz,
    version     int  NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES calculation_run (tenant_id, id),
    FOREIGN KEY (tenant_id, assigned_to) REFERENCES member (tenant_id, id),
    CONSTRAINT run_exception_resolved CHECK
        ((state = 'RESOLVED') = (resolved_at IS NOT NULL AND resolved_by IS NOT NULL AND note IS NOT NULL))
);
CREATE INDEX run_exception_run ON run_exception (tenant_id, run_id, id);
CREATE INDEX run_exception_assigned ON run_exception (tenant_id, assigned_to) WHERE state = 'OPEN';
CALL app.protect('run_exception', 'keep');
