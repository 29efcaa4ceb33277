-- Rights holders and the catalogue: recordings and works are two copyrights with separate identifiers.

CREATE TABLE party (
    tenant_id         uuid NOT NULL REFERENCES tenant,
    id                uuid NOT NULL,
    reference         text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200), -- the tenant's own key
    name              text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    kind              text NOT NULL CHECK (kind IN ('PERSON', 'GROUP', 'COMPANY')),
    country           text CHECK (country ~ '^[A-Z]{2}$'),
    email             text,
    payment_method    text NOT NULL DEFAULT 'INTERNAL_LEDGER',
    payment_currency  text CHECK (payment_currency ~ '^[A-Z]{3}$'),
    payment_threshold numeric CHECK (payment_threshold >= 0),
    status            text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'ON_HOLD', 'ARCHIVED')),
    version           int  NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, reference)
);
CREATE INDEX party_name ON party (tenant_id, name, id);
CALL app.protect('party', 'keep');

CREATE TABLE party_identifier (
    tenant_id uuid NOT NULL,
    party_id  uuid NOT NULL,
    scheme    text NOT NULL CHECK (scheme IN ('IPI', 'ISNI', 'OTHER')),
    value     text NOT NULL,
    PRIMARY KEY (tenant_id, scheme, value),
    FOREIGN KEY (tenant_id, party_id) REFERENCES party (tenant_id, id)
);
CREATE INDEX party_identifier_party ON party_identifier (tenant_id, party_id);
CALL app.protect('party_identifier', 'edit');

-- Which parties a rights holder's user is.
CREATE TABLE member_party (
    tenant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    party_id  uuid NOT NULL,
    PRIMARY KEY (tenant_id, member_id, party_id),
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id),
    FOREIGN KEY (tenant_id, party_id) REFERENCES party (tenant_id, id)
);
CREATE INDEX member_party_party ON member_party (tenant_id, party_id);
CALL app.protect('member_party', 'edit');
GRANT SELECT ON member_party TO tunemantra_system;
CREATE POLICY system ON member_party FOR SELECT TO tunemantra_system USING (true);

CREATE TABLE recording (
    tenant_id        uuid NOT NULL REFERENCES tenant,
    id               uuid NOT NULL,
    organisation_id  uuid,
    isrc             text NOT NULL CHECK (isrc ~ '^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$'),
    title            text NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    version_title    text,
    artist           text NOT NULL,
    duration_seconds int  CHECK (duration_seconds > 0),
    version          int  NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, isrc),
    FOREIGN KEY (tenant_id, organisation_id) REFERENCES organisation (tenant_id, id)
);
CREATE INDEX recording_title ON recording (tenant_id, title, id);
CREATE INDEX recording_organisation ON recording (tenant_id, organisation_id);
CALL app.protect('recording', 'keep');

CREATE TABLE work (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    id         uuid NOT NULL,
    reference  text NOT NULL,
    iswc       text CHECK (iswc ~ '^T[0-9]{10}$'),
    title      text NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    version    int  NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, reference),
    UNIQUE (tenant_id, iswc)
);
CREATE INDEX work_title ON work (tenant_id, title, id);
CALL app.protect('work', 'keep');

CREATE TABLE recording_work (
    tenant_id    uuid NOT NULL,
    recording_id uuid NOT NULL,
    work_id      uuid NOT NULL,
    PRIMARY KEY (tenant_id, recording_id, work_id),
    FOREIGN KEY (tenant_id, recording_id) REFERENCES recording (tenant_id, id),
    FOREIGN KEY (tenant_id, work_id) REFERENCES work (tenant_id, id)
);
CREATE INDEX recording_work_work ON recording_work (tenant_id, work_id);
CALL app.protect('recording_work', 'edit');

CREATE TABLE release (
    tenant_id        uuid NOT NULL REFERENCES tenant,
    id               uuid NOT NULL,
    organisation_id  uuid,
    upc              text NOT NULL CHECK (upc ~ '^[0-9]{13}$'),
    title            text NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    artist           text NOT NULL,
    catalogue_number text,
    released_on      date,
    version          int  NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, upc),
    FOREIGN KEY (tenant_id, organisation_id) REFERENCES organisation (tenant_id, id)
);
CREATE INDEX release_title ON release (tenant_id, title, id);
CREATE INDEX release_organisation ON release (tenant_id, organisation_id);
CALL app.protect('release', 'keep');

CREATE TABLE release_track (
    tenant_id    uuid NOT NULL,
    release_id   uuid NOT NULL,
    position     int  NOT NULL CHECK (position > 0),
    recording_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, release_id, position),
    FOREIGN KEY (tenant_id, release_id) REFERENCES release (tenant_id, id),
    FOREIGN KEY (tenant_id, recording_id) REFERENCES recording (tenant_id, id)
);
CREATE INDEX release_track_recording ON release_track (tenant_id, recording_id);
CALL app.protect('release_track', 'edit');

CREATE TABLE catalogue_group (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    id         uuid NOT NULL,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    version    int  NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
CALL app.protect('catalogue_group', 'edit');

CREATE TABLE catalogue_group_item (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    group_id     uuid NOT NULL,
    recording_id uuid,
    work_id      uuid,
    release_id   uuid,
    PRIMARY KEY (tenant_id, id),
    UNIQUE NULLS NOT DISTINCT (tenant_id, group_id, recording_id, work_id, release_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES catalogue_group (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, recording_id) REFERENCES recording (tenant_id, id),
    FOREIGN KEY (tenant_id, work_id) REFERENCES work (tenant_id, id),
    FOREIGN KEY (tenant_id, release_id) REFERENCES release (tenant_id, id),
    CHECK (num_nonnulls(recording_id, work_id, release_id) = 1)
);
CREATE INDEX catalogue_group_item_recording ON catalogue_group_item (tenant_id, recording_id);
CREATE INDEX catalogue_group_item_work ON catalogue_group_item (tenant_id, work_id);
CREATE INDEX catalogue_group_item_release ON catalogue_group_item (tenant_id, release_id);
CALL app.protect('catalogue_group_item', 'edit');

-- A source's own identifier for an item: learned from a person's decision, valid for that source only.
CREATE TABLE alias (
    tenant_id    uuid NOT NULL REFERENCES tenant,
    id           uuid NOT NULL,
    source       text NOT NULL, -- the platform or layout the key comes from
    value        text NOT NULL, -- the key as matching sees it: `isrc:…`, `upc:…`, `id:…`
    recording_id uuid,
    work_id      uuid,
    release_id   uuid,
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, source, value),
    FOREIGN KEY (tenant_id, recording_id) REFERENCES recording (tenant_id, id),
    FOREIGN KEY (tenant_id, work_id) REFERENCES work (tenant_id, id),
    FOREIGN KEY (tenant_id, release_id) REFERENCES release (tenant_id, id),
    CHECK (num_nonnulls(recording_id, work_id, release_id) = 1)
);
CREATE INDEX alias_recording ON alias (tenant_id, recording_id);
CREATE INDEX alias_work ON alias (tenant_id, work_id);
CREATE INDEX alias_release ON alias (tenant_id, release_id);
CALL app.protect('alias', 'edit');

-- How many units of `quote` one unit of `base` is worth on a day.
CREATE TABLE exchange_rate (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    id         uuid NOT NULL,
    source     text NOT NULL, -- MANUAL, ECB, …
    base       text NOT NULL CHECK (base ~ '^[A-Z]{3}$'),
    quote      text NOT NULL CHECK (quote ~ '^[A-Z]{3}$'),
    rate_on    date NOT NULL,
    rate       numeric NOT NULL CHECK (rate > 0),
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, base, quote, rate_on, source),
    CHECK (base <> quote)
);
CALL app.protect('exchange_rate', 'edit');
