-- Acquisition of revenue reports: where they come from, how they are fetched, what was seen already.

CREATE TABLE source (
    tenant_id       uuid NOT NULL REFERENCES tenant,
    id              uuid NOT NULL,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    provider        text NOT NULL CHECK (length(provider) BETWEEN 1 AND 500),
    method          text NOT NULL CHECK (method IN ('UPLOAD', 'SFTP', 'REST', 'SOAP', 'PORTAL', 'EDI', 'DATABASE', 'OBJECT_STORE', 'MAIL', 'WEBHOOK')),
    config          jsonb NOT NULL,      -- no secrets: those are in source_secret
    state           text NOT NULL CHECK (state IN ('ENABLED', 'DISABLED')),
    schedule        text,                -- cron: minute hour day month weekday
    time_zone       text NOT NULL DEFAULT 'UTC',
    next_run_at     timestamptz,         -- null: only by hand, or disabled
    deadline        text,                -- cron: at each of these moments a new report must have come since the one before
    next_deadline_at timestamptz,
    max_attempts    int NOT NULL CHECK (max_attempts BETWEEN 1 AND 25),
    position        jsonb,               -- how far an ordered source was read (a watermark)
    last_file_at    timestamptz,
    version         int NOT NULL DEFAULT 1,
    created_by      text NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name),
    CHECK (next_run_at IS NULL OR (state = 'ENABLED' AND schedule IS NOT NULL)),
    CHECK (next_deadline_at IS NULL OR (state = 'ENABLED' AND deadline IS NOT NULL))
);
CREATE INDEX source_due ON source (tenant_id, next_run_at) WHERE next_run_at IS NOT NULL;
CALL app.protect('source', 'keep');

-- Credentials, sealed (see 0250).
CREATE TABLE source_secret (
    tenant_id uuid NOT NULL,
    source_id uuid NOT NULL,
    name      text NOT NULL CHECK (name ~ '^[A-Z][A-Z_]*$'),
    sealed    bytea NOT NULL,
    set_by    text NOT NULL,
    set_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, source_id, name),
    FOREIGN KEY (tenant_id, source_id) REFERENCES source (tenant_id, id)
);
CALL app.protect('source_secret', 'edit');
REVOKE SELECT ON source_secret FROM tunemantra_readonly;

-- One attempt to collect, or to test the connection.
CREATE TABLE source_run (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    source_id       uuid NOT NULL,
    operation_id    uuid NOT NULL,
    cause           text NOT NULL CHECK (cause IN ('MANUAL', 'SCHEDULE', 'WEBHOOK', 'TEST')),
    state           text NOT NULL CHECK (state IN ('RUNNING', 'SUCCEEDED', 'FAILED')),
    found_count     int NOT NULL DEFAULT 0,  -- files the provider shows
    fetched_count   int NOT NULL DEFAULT 0,  -- of which new, fetched by this run
    duplicate_count int NOT NULL DEFAULT 0,  -- fetched, but the same bytes are known
    refused_count   int NOT NULL DEFAULT 0,  -- fetched, but their import failed
    failure_code    text,
    failure_message text,
    started_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, source_id) REFERENCES source (tenant_id, id),
    CHECK ((state = 'RUNNING') = (finished_at IS NULL))
);
CREATE INDEX source_run_source ON source_run (tenant_id, source_id, id);
-- A source is read by one run at a time. Calls of the provider each bring what is their own.
CREATE UNIQUE INDEX source_run_alone ON source_run (tenant_id, source_id) WHERE state = 'RUNNING' AND cause IN ('MANUAL', 'SCHEDULE');
CALL app.protect('source_run', 'keep');

-- What was seen at a source: a file is fetched once per version of it.
CREATE TABLE source_file (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    source_id    uuid NOT NULL,
    run_id       uuid NOT NULL,
    remote_key   text NOT NULL,          -- path, address, message part, or range of rows
    remote_version text NOT NULL,        -- size and time, or an entity tag: what tells a changed file
    file_name    text NOT NULL,
    byte_size    bigint NOT NULL CHECK (byte_size >= 0),
    content_hash bytea NOT NULL,
    object_key   text NOT NULL,
    state        text NOT NULL CHECK (state IN ('FETCHED', 'IMPORTED', 'DUPLICATE', 'REFUSED', 'REMITTANCE')),
    report_id    uuid,
    failure_code text,
    failure_message text,
    fetched_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, source_id, remote_key, remote_version),
    FOREIGN KEY (tenant_id, source_id) REFERENCES source (tenant_id, id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES source_run (tenant_id, id),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id)
);
CREATE INDEX source_file_run ON source_file (tenant_id, run_id);
CREATE INDEX source_file_report ON source_file (tenant_id, report_id);
CALL app.protect('source_file', 'keep');

-- What somebody should look at.
CREATE TABLE source_alert (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    source_id  uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('REPORT_MISSING', 'RUN_FAILED')),
    message    text NOT NULL,
    raised_at  timestamptz NOT NULL,
    cleared_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, source_id) REFERENCES source (tenant_id, id)
);
CREATE UNIQUE INDEX source_alert_open ON source_alert (tenant_id, source_id, kind) WHERE cleared_at IS NULL;
CREATE INDEX source_alert_source ON source_alert (tenant_id, source_id, id);
CALL app.protect('source_alert', 'keep');

-- Events that came in by webhook, each id once.
CREATE TABLE source_event (
    tenant_id   uuid NOT NULL,
    source_id   uuid NOT NULL,
    event_id    text NOT NULL CHECK (length(event_id) BETWEEN 1 AND 200),
    run_id      uuid NOT NULL,
    link        jsonb,                   -- where the report is, when the call only said so
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, source_id, event_id),
    FOREIGN KEY (tenant_id, source_id) REFERENCES source (tenant_id, id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES source_run (tenant_id, id)
);
CREATE INDEX source_event_run ON source_event (tenant_id, run_id);
CALL app.protect('source_event', 'append');

-- What providers say they pay: totals that reports are held against.
CREATE TABLE remittance (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    source_id   uuid NOT NULL,
    file_id     uuid NOT NULL,
    seq         int  NOT NULL,           -- place in the file, from 1
    payer       text NOT NULL,
    payee       text NOT NULL,
    reference   text NOT NULL,           -- the trace number of the payment
    currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount      numeric NOT NULL,
    paid_on     date,
    items       jsonb NOT NULL,          -- [{reference, amount}]: what it is paid for
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, file_id, seq),
    FOREIGN KEY (tenant_id, source_id) REFERENCES source (tenant_id, id),
    FOREIGN KEY (tenant_id, file_id) REFERENCES source_file (tenant_id, id)
);
CREATE INDEX remittance_source ON remittance (tenant_id, source_id, id);
CALL app.protect('remittance', 'append');

-- The ten steps of collection, as stages of the operation that does them. Counts and amounts are of the step.
CREATE TABLE operation_stage (
    tenant_id    uuid NOT NULL,
    operation_id uuid NOT NULL,
    step         smallint NOT NULL CHECK (step BETWEEN 1 AND 10),
    state        text NOT NULL CHECK (state IN ('RUNNING', 'DONE', 'FAILED')),
    file_count   bigint NOT NULL DEFAULT 0,
    row_count    bigint NOT NULL DEFAULT 0,
    amounts      jsonb NOT NULL DEFAULT '{}'::jsonb, -- currency -> exact text
    note         text,
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    PRIMARY KEY (tenant_id, operation_id, step),
    FOREIGN KEY (tenant_id, operation_id) REFERENCES operation (tenant_id, id),
    CHECK ((state = 'RUNNING') = (finished_at IS NULL))
);
CALL app.protect('operation_stage', 'edit');

-- The reports of an operation: what its stages count.
CREATE INDEX revenue_report_operation ON revenue_report (tenant_id, operation_id);
