-- Contracts. A version is effective-dated (valid_from/valid_to) and kept as it was known (recorded/superseded).

CREATE TABLE contract (
    tenant_id       uuid NOT NULL REFERENCES tenant,
    id              uuid NOT NULL,
    organisation_id uuid,
    party_id        uuid NOT NULL,
    number          text NOT NULL CHECK (length(number) BETWEEN 1 AND 200),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    kind            text NOT NULL CHECK (kind IN ('RECORDING', 'PUBLISHING', 'DISTRIBUTION', 'PROFIT_SHARE')),
    currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    calendar        text NOT NULL DEFAULT 'MONTHLY' CHECK (calendar IN ('MONTHLY', 'QUARTERLY', 'HALF_YEARLY')),
    fx_rule         text NOT NULL DEFAULT 'MONTH_END' CHECK (fx_rule IN ('MONTH_END', 'MONTH_START', 'MONTH_AVERAGE')),
    status          text NOT NULL DEFAULT 'DRAFT' CHECK (status IN ('DRAFT', 'ACTIVE', 'TERMINATED')),
    version         int  NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, organisation_id) REFERENCES organisation (tenant_id, id),
    FOREIGN KEY (tenant_id, party_id) REFERENCES party (tenant_id, id)
);
CREATE INDEX contract_party ON contract (tenant_id, party_id);
CREATE INDEX contract_organisation ON contract (tenant_id, organisation_id);
CALL app.protect('contract', 'keep');

CREATE TABLE contract_version (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    contract_id   uuid NOT NULL,
    version_no    int  NOT NULL CHECK (version_no > 0),
    valid_from    date NOT NULL,
    valid_to      date, -- inclusive; null: open
    recorded_at   timestamptz NOT NULL,
    recorded_by   text NOT NULL,
    superseded_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, contract_id, version_no),
    FOREIGN KEY (tenant_id, contract_id) REFERENCES contract (tenant_id, id),
    CHECK (valid_to >= valid_from),
    CONSTRAINT contract_version_overlap EXCLUDE USING gist
        (tenant_id WITH =, contract_id WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
        WHERE (superseded_at IS NULL)
);
CALL app.protect('contract_version', 'keep');

-- Which share of an item's revenue enters the contract. No item and no group: the whole catalogue.
CREATE TABLE participation (
    tenant_id           uuid NOT NULL,
    id                  uuid NOT NULL,
    contract_version_id uuid NOT NULL,
    recording_id        uuid,
    work_id             uuid,
    release_id          uuid,
    group_id            uuid,
    kind                text NOT NULL CHECK (kind IN ('OWNERSHIP', 'PARTICIPATION')),
    ratio               numeric NOT NULL CHECK (ratio BETWEEN 0 AND 1),
    territories         jsonb NOT NULL DEFAULT '{}'::jsonb, -- {"include": [..], "exclude": [..]}
    valid_from          date,
    valid_to            date,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, contract_version_id) REFERENCES contract_version (tenant_id, id),
    FOREIGN KEY (tenant_id, recording_id) REFERENCES recording (tenant_id, id),
    FOREIGN KEY (tenant_id, work_id) REFERENCES work (tenant_id, id),
    FOREIGN KEY (tenant_id, release_id) REFERENCES release (tenant_id, id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES catalogue_group (tenant_id, id),
    CHECK (num_nonnulls(recording_id, work_id, release_id, group_id) <= 1),
    CHECK (valid_to >= valid_from)
);
CREATE INDEX participation_version ON participation (tenant_id, contract_version_id);
CREATE INDEX participation_recording ON participation (tenant_id, recording_id);
CREATE INDEX participation_work ON participation (tenant_id, work_id);
CREATE INDEX participation_release ON participation (tenant_id, release_id);
CREATE INDEX participation_group ON participation (tenant_id, group_id);
CALL app.protect('participation', 'append');

-- IF the match fits THEN this model. `match_key` is the canonical text of the match, so that two terms that
-- match the same lines at the same priority on the same day cannot both exist.
CREATE TABLE term (
    tenant_id           uuid NOT NULL,
    id                  uuid NOT NULL,
    contract_version_id uuid NOT NULL,
    name                text NOT NULL,
    priority            int  NOT NULL DEFAULT 0,
    match               jsonb NOT NULL,
    match_key           text NOT NULL,
    model               jsonb NOT NULL,
    valid_from          date,
    valid_to            date,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, contract_version_id) REFERENCES contract_version (tenant_id, id),
    CHECK (valid_to >= valid_from),
    CONSTRAINT term_overlap EXCLUDE USING gist
        (tenant_id WITH =, contract_version_id WITH =, match_key WITH =, priority WITH =,
         daterange(valid_from, valid_to, '[]') WITH &&)
);
CREATE INDEX term_version ON term (tenant_id, contract_version_id);
CALL app.protect('term', 'append');

-- The contract's royalty divided over payees; the ratios of one level total exactly 1.
CREATE TABLE split (
    tenant_id           uuid NOT NULL,
    id                  uuid NOT NULL,
    contract_version_id uuid NOT NULL,
    parent_id           uuid,
    party_id            uuid NOT NULL,
    ratio               numeric NOT NULL CHECK (ratio BETWEEN 0 AND 1),
    position            int  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, contract_version_id, id),
    UNIQUE NULLS NOT DISTINCT (tenant_id, contract_version_id, parent_id, party_id),
    FOREIGN KEY (tenant_id, contract_version_id) REFERENCES contract_version (tenant_id, id),
    FOREIGN KEY (tenant_id, contract_version_id, parent_id) REFERENCES split (tenant_id, contract_version_id, id),
    FOREIGN KEY (tenant_id, party_id) REFERENCES party (tenant_id, id),
    CHECK (parent_id <> id)
);
CREATE INDEX split_party ON split (tenant_id, party_id);
CALL app.protect('split', 'append');

-- Money paid ahead of royalties, recouped from them, never a debt.
CREATE TABLE advance (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    contract_id uuid NOT NULL,
    reference   text NOT NULL,
    description text NOT NULL,
    amount      numeric NOT NULL CHECK (amount > 0),
    currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    paid_on     date NOT NULL,
    version     int  NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, contract_id, reference),
    FOREIGN KEY (tenant_id, contract_id) REFERENCES contract (tenant_id, id)
);
CALL app.protect('advance', 'append');
