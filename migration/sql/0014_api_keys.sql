-- Keys by which programs call the API, in the name of the member who made them.

CREATE TABLE api_key (
    tenant_id         uuid NOT NULL REFERENCES tenant,
    id                uuid NOT NULL,
    name              text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    secret_hash       bytea NOT NULL CHECK (length(secret_hash) = 32), -- blake3; the secret itself is nowhere
    permissions       text[] NOT NULL CHECK (cardinality(permissions) > 0),
    allowed_addresses text[] NOT NULL, -- networks; empty: from anywhere
    created_by        uuid NOT NULL,
    created_at        timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    revoked_at        timestamptz,
    revoked_by        text,
    last_used_at      timestamptz,
    last_used_from    text,
    version           int NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES member (tenant_id, id),
    CHECK (expires_at > created_at),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX api_key_created_by ON api_key (tenant_id, created_by);
CALL app.protect('api_key', 'keep');
-- A key is looked at before there is a tenant to be inside of, and its use is noted there.
GRANT SELECT, UPDATE (last_used_at, last_used_from) ON api_key TO tunemantra_system;
CREATE POLICY system ON api_key TO tunemantra_system USING (true) WITH CHECK (true);
