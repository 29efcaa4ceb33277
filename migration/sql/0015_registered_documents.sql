-- GraphQL documents that a tenant's clients may send, when its configuration (`graphql_documents`) asks for that.

CREATE TABLE registered_document (
    tenant_id     uuid NOT NULL REFERENCES tenant,
    hash          bytea NOT NULL CHECK (length(hash) = 32), -- SHA-256 of the text, as persisted queries name it
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    document      text NOT NULL,
    registered_by text NOT NULL,
    registered_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hash)
);
CALL app.protect('registered_document', 'edit');
