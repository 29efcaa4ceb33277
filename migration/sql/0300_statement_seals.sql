-- Sealing published statements: a Merkle tree per batch, its root signed and chained per tenant.

-- The installation's keys that sign seals. A key is never replaced: a proof names the one it was made with.
CREATE TABLE seal_key (
    name       text PRIMARY KEY CHECK (name ~ '^[0-9a-f]{16}$'),
    seed       bytea NOT NULL CHECK (length(seed) = 32),
    public_raw bytea NOT NULL UNIQUE CHECK (length(public_raw) = 32),
    created_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON seal_key TO tunemantra_system;

CREATE TABLE statement_seal (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    sequence   bigint NOT NULL CHECK (sequence > 0),
    batch_id   uuid NOT NULL,
    leaves     bigint NOT NULL CHECK (leaves > 0),
    root       bytea NOT NULL CHECK (length(root) = 32),
    previous   bytea NOT NULL CHECK (length(previous) = 32), -- the seal before it; an anchor for the first
    hash       bytea NOT NULL CHECK (length(hash) = 32),
    key_name   text NOT NULL,
    public_raw bytea NOT NULL,
    signature  bytea NOT NULL CHECK (length(signature) = 64),
    sealed_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, sequence),
    UNIQUE (tenant_id, batch_id),
    -- a chain has no fork
    UNIQUE (tenant_id, previous),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES statement_batch (tenant_id, id)
);
CALL app.protect('statement_seal', 'append');

-- Where a statement stands in the tree of its batch.
CREATE TABLE statement_leaf (
    tenant_id    uuid NOT NULL,
    statement_id uuid NOT NULL,
    sequence     bigint NOT NULL,
    position     bigint NOT NULL CHECK (position >= 0),
    path         bytea NOT NULL CHECK (length(path) % 32 = 0), -- neighbours on the way to the root, 32 bytes each
    PRIMARY KEY (tenant_id, statement_id),
    UNIQUE (tenant_id, sequence, position),
    FOREIGN KEY (tenant_id, sequence) REFERENCES statement_seal (tenant_id, sequence),
    FOREIGN KEY (tenant_id, statement_id) REFERENCES statement (tenant_id, id)
);
CALL app.protect('statement_leaf', 'append');

-- A file that somebody holds is looked up by its hash.
CREATE INDEX statement_document_content ON statement_document (tenant_id, content_hash);
