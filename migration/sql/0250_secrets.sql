-- Secrets at rest. Values are encrypted per field (AES-256-GCM) with a data key of the tenant; the data key is stored
-- wrapped by a master key that the database never sees. What a sealed value belongs to (tenant, table, column, row) is
-- authenticated with it, so a value that is moved elsewhere does not open.

CREATE TABLE data_key (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    id         uuid NOT NULL,
    master     text NOT NULL,      -- which master key wraps it
    wrapped    bytea NOT NULL,
    state      text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'RETIRED')),
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'RETIRED') = (retired_at IS NOT NULL))
);
-- New values are sealed with the one active key; retired ones open what they sealed.
CREATE UNIQUE INDEX data_key_active ON data_key (tenant_id) WHERE state = 'ACTIVE';
CALL app.protect('data_key', 'keep');
-- Analysis tools have no business with keys, not even wrapped ones.
REVOKE SELECT ON data_key FROM tunemantra_readonly;
