-- Logos of statements: decoded and written again before they come here, named by their hash.
CREATE TABLE brand_logo (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    hash       bytea NOT NULL CHECK (length(hash) = 32),
    png        bytea NOT NULL CHECK (length(png) BETWEEN 1 AND 8388608),
    width      int NOT NULL CHECK (width > 0),
    height     int NOT NULL CHECK (height > 0),
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hash)
);
CALL app.protect('brand_logo', 'append');
