-- Rules beside contract versions. Nothing is overwritten: what is said again supersedes what was said before, as of the
-- moment it is recorded, and a run names what it used.

-- What contracts share: named, each the JSON of the engine's type.
CREATE TABLE rule_document (
    tenant_id     uuid NOT NULL REFERENCES tenant,
    id            uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('TERRITORY_GROUP', 'RATE_CARD', 'PRICES', 'STATUTORY_RATES',
                                                'SOURCE_CHAIN', 'CROSS_GROUP', 'DIRECTION', 'HOLD')),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    version_no    int  NOT NULL CHECK (version_no > 0),
    document      jsonb NOT NULL,
    recorded_at   timestamptz NOT NULL,
    recorded_by   text NOT NULL,
    superseded_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, kind, name, version_no)
);
CREATE UNIQUE INDEX rule_document_holds ON rule_document (tenant_id, kind, name) WHERE superseded_at IS NULL;
CALL app.protect('rule_document', 'keep');

-- What a contract says beyond its versions: how it recoups, reserves, guarantees, producer points, a profit share.
CREATE TABLE contract_conditions (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    contract_id   uuid NOT NULL,
    version_no    int  NOT NULL CHECK (version_no > 0),
    document      jsonb NOT NULL,
    recorded_at   timestamptz NOT NULL,
    recorded_by   text NOT NULL,
    superseded_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, contract_id, version_no),
    FOREIGN KEY (tenant_id, contract_id) REFERENCES contract (tenant_id, id)
);
CREATE UNIQUE INDEX contract_conditions_hold ON contract_conditions (tenant_id, contract_id) WHERE superseded_at IS NULL;
CALL app.protect('contract_conditions', 'keep');

-- Which rate cards a version takes part in, and its waterfall, as the engine has them.
ALTER TABLE contract_version ADD COLUMN rate_cards jsonb NOT NULL DEFAULT '[]'::jsonb;
ALTER TABLE contract_version ADD COLUMN waterfall jsonb NOT NULL DEFAULT '[]'::jsonb;

-- Costs that are recouped from royalties, as far as their type says.
CREATE TABLE contract_cost (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    contract_id uuid NOT NULL,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    cost_type   text NOT NULL CHECK (length(cost_type) BETWEEN 1 AND 200),
    amount      numeric NOT NULL CHECK (amount > 0),
    currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    incurred_on date NOT NULL,
    priority    int  NOT NULL DEFAULT 0,
    created_by  text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, contract_id, name),
    FOREIGN KEY (tenant_id, contract_id) REFERENCES contract (tenant_id, id)
);
CALL app.protect('contract_cost', 'append');

-- An advance may be paid in instalments, and recouped by priority.
ALTER TABLE advance ADD COLUMN instalment text CHECK (length(instalment) BETWEEN 1 AND 200);
ALTER TABLE advance ADD COLUMN priority int NOT NULL DEFAULT 0;
