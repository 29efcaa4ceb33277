-- A tenant's own report layouts, and what a tenant says of providers beside the shipped directory.

-- Every save is a version of its own: reports name the version they were read with. One version of a key is in use.
CREATE TABLE tenant_layout (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    id         uuid NOT NULL,
    key        text NOT NULL CHECK (key ~ '^own-[a-z0-9-]{1,80}$'),
    version    int  NOT NULL CHECK (version > 0),
    provider   text NOT NULL CHECK (length(provider) BETWEEN 1 AND 500),
    title      text NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    mapping    jsonb NOT NULL, -- formats::propose::Mapping
    state      text NOT NULL CHECK (state IN ('ACTIVE', 'RETIRED')),
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, key, version)
);
CREATE UNIQUE INDEX tenant_layout_in_use ON tenant_layout (tenant_id, key) WHERE state = 'ACTIVE';
CALL app.protect('tenant_layout', 'keep');

-- Another name, further aliases or layouts for a provider of the directory.
CREATE TABLE tenant_provider (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    key        text NOT NULL CHECK (length(key) BETWEEN 1 AND 100),
    name       text CHECK (length(name) BETWEEN 1 AND 500),
    aliases    text[] NOT NULL DEFAULT '{}',
    hidden     boolean NOT NULL DEFAULT false,
    updated_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CALL app.protect('tenant_provider', 'edit');
