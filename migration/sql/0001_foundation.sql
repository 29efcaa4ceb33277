-- Schema, helpers and the tables of tenancy.
--
-- Roles exist before the first migration (platform::postgres or the operator creates them):
--   tunemantra_owner     owns everything, runs migrations, never serves
--   tunemantra_app       the API; tunemantra_worker: background jobs. Both own nothing, both under row security
--   tunemantra_system    sign-in, tenant creation, queue, outbox
--   tunemantra_bulk      INSERT on the fact tables and nothing else (row security would refuse COPY FROM)
--   tunemantra_readonly  analytics, under row security

CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO tunemantra_app, tunemantra_worker, tunemantra_system, tunemantra_bulk, tunemantra_readonly;
GRANT USAGE ON SCHEMA public TO tunemantra_app, tunemantra_worker, tunemantra_system, tunemantra_bulk, tunemantra_readonly;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Puts a tenant table behind forced row security and grants what its kind allows:
--   'edit'    select, insert, update, delete
--   'keep'    select, insert, update
--   'append'  select, insert
-- The policy compares with the transaction's tenant; unset means no row, never every row. No sub-select, so
-- that the same policy runs on Citus.
CREATE PROCEDURE app.protect(tab regclass, kind text) LANGUAGE plpgsql AS $$
DECLARE rights text;
BEGIN
    rights := CASE kind
        WHEN 'edit' THEN 'SELECT, INSERT, UPDATE, DELETE'
        WHEN 'keep' THEN 'SELECT, INSERT, UPDATE'
        WHEN 'append' THEN 'SELECT, INSERT' END;
    IF rights IS NULL THEN
        RAISE EXCEPTION 'unknown protection %', kind;
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tab);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tab);
    EXECUTE format($f$CREATE POLICY tenant ON %s
        USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
        WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)$f$, tab);
    EXECUTE format('GRANT %s ON %s TO tunemantra_app, tunemantra_worker', rights, tab);
    EXECUTE format('GRANT SELECT ON %s TO tunemantra_readonly', tab);
END $$;

CREATE TABLE tenant (
    tenant_id     uuid PRIMARY KEY,
    slug          text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    kind          text NOT NULL CHECK (kind IN ('LABEL', 'DISTRIBUTOR', 'PUBLISHER')),
    base_currency text NOT NULL CHECK (base_currency ~ '^[A-Z]{3}$'),
    status        text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED')),
    version       int  NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL
);
CALL app.protect('tenant', 'keep');
REVOKE INSERT ON tenant FROM tunemantra_app, tunemantra_worker;
-- Creating a tenant and finding one at sign-in happen before there is a tenant to be inside of.
GRANT SELECT, INSERT ON tenant TO tunemantra_system;
CREATE POLICY system ON tenant TO tunemantra_system USING (true) WITH CHECK (true);

CREATE TABLE organisation (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    id         uuid NOT NULL,
    parent_id  uuid,
    kind       text NOT NULL CHECK (kind IN ('LABEL', 'SUB_LABEL', 'IMPRINT', 'PUBLISHER', 'DISTRIBUTOR')),
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    version    int  NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES organisation (tenant_id, id),
    CHECK (parent_id <> id)
);
CREATE INDEX organisation_parent ON organisation (tenant_id, parent_id);
CALL app.protect('organisation', 'edit');

-- A person. Not tenant data: one login may be a member of several tenants.
CREATE TABLE login (
    id            uuid PRIMARY KEY,
    email         text NOT NULL UNIQUE CHECK (email = lower(email) AND email LIKE '%_@_%'),
    password_hash text NOT NULL,
    failed_count  int  NOT NULL DEFAULT 0,
    paused_until  timestamptz,
    created_at    timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON login TO tunemantra_system;

CREATE TABLE member (
    tenant_id    uuid NOT NULL REFERENCES tenant,
    id           uuid NOT NULL,
    login_id     uuid NOT NULL,
    email        text NOT NULL,
    display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 500),
    role         text NOT NULL CHECK (role IN ('OWNER', 'ROYALTY_MANAGER', 'FINANCE_APPROVER', 'PAYMENTS_OPERATOR', 'AUDITOR', 'RIGHTS_HOLDER')),
    status       text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'REMOVED')),
    version      int  NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, login_id)
);
CALL app.protect('member', 'keep');
GRANT SELECT, INSERT ON member TO tunemantra_system;
CREATE POLICY system ON member TO tunemantra_system USING (true) WITH CHECK (true);

CREATE TABLE refresh_token (
    id         uuid PRIMARY KEY,
    family_id  uuid NOT NULL,
    login_id   uuid NOT NULL REFERENCES login,
    tenant_id  uuid NOT NULL REFERENCES tenant,
    member_id  uuid NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    revoked_at timestamptz,
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id)
);
CREATE INDEX refresh_token_family ON refresh_token (family_id);
CREATE INDEX refresh_token_login ON refresh_token (login_id);
CREATE INDEX refresh_token_member ON refresh_token (tenant_id, member_id);
GRANT SELECT, INSERT, UPDATE ON refresh_token TO tunemantra_system;

-- Keys that sign access tokens. Two may be published at once, during rotation.
CREATE TABLE signing_key (
    kid         text PRIMARY KEY,
    private_pem text NOT NULL,
    public_raw  bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    retired_at  timestamptz
);
GRANT SELECT, INSERT, UPDATE ON signing_key TO tunemantra_system;

-- One configuration value at one level. The system level lives in code, as the defaults of the keys.
CREATE TABLE setting (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    id         uuid NOT NULL,
    level      text NOT NULL CHECK (level IN ('TENANT', 'ORGANISATION', 'RIGHTS_HOLDER')),
    subject_id uuid NOT NULL, -- the tenant, organisation or party
    key        text NOT NULL,
    value      jsonb NOT NULL,
    version    int  NOT NULL DEFAULT 1,
    set_by     text NOT NULL,
    set_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, level, subject_id, key)
);
CALL app.protect('setting', 'edit');

CREATE TABLE setting_history (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    id         uuid NOT NULL,
    level      text NOT NULL,
    subject_id uuid NOT NULL,
    key        text NOT NULL,
    value      jsonb, -- null: the level went back to inheriting
    version    int  NOT NULL,
    set_by     text NOT NULL,
    set_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, level, subject_id, key, version)
);
CALL app.protect('setting_history', 'append');
