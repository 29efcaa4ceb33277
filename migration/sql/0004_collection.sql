-- Revenue collection: uploads, reports, lines, suspense. Posted + suspense + skipped + errors = file total.

CREATE TABLE staged_upload (
    tenant_id    uuid NOT NULL REFERENCES tenant,
    id           uuid NOT NULL,
    file_name    text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 500),
    object_key   text NOT NULL,
    byte_size    bigint,
    content_hash bytea,
    state        text NOT NULL CHECK (state IN ('WAITING', 'STORED', 'CONSUMED')),
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CALL app.protect('staged_upload', 'edit');

CREATE TABLE revenue_report (
    tenant_id        uuid NOT NULL REFERENCES tenant,
    id               uuid NOT NULL,
    operation_id     uuid NOT NULL,
    upload_id        uuid NOT NULL,
    file_name        text NOT NULL,
    object_key       text NOT NULL,
    content_hash     bytea NOT NULL,
    byte_size        bigint NOT NULL,
    layout           text,
    layout_version   int,
    platform         text,
    state            text NOT NULL CHECK (state IN ('RECEIVED', 'IMPORTING', 'IMPORTED', 'FAILED')),
    accounting_month date NOT NULL CHECK (extract(day FROM accounting_month) = 1),
    sale_from        date,
    sale_to          date,
    row_count        bigint NOT NULL DEFAULT 0,
    posted_count     bigint NOT NULL DEFAULT 0,
    suspense_count   bigint NOT NULL DEFAULT 0,
    skipped_count    bigint NOT NULL DEFAULT 0,
    error_count      bigint NOT NULL DEFAULT 0,
    unit_count       bigint NOT NULL DEFAULT 0,
    failure_code     text,
    failure_message  text,
    calculated_run_id uuid, -- the finalised run that reported its lines
    version          int NOT NULL DEFAULT 1,
    received_by      text NOT NULL,
    received_at      timestamptz NOT NULL,
    imported_at      timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, upload_id) REFERENCES staged_upload (tenant_id, id),
    CHECK (state <> 'IMPORTED' OR row_count = posted_count + suspense_count + skipped_count + error_count)
);
-- The same bytes are one report, unless the first try failed.
CREATE UNIQUE INDEX revenue_report_content ON revenue_report (tenant_id, content_hash) WHERE state <> 'FAILED';
CREATE INDEX revenue_report_month ON revenue_report (tenant_id, accounting_month, id);
CREATE INDEX revenue_report_upload ON revenue_report (tenant_id, upload_id);
CALL app.protect('revenue_report', 'keep');

-- What the file adds up to, per currency, exactly. `total` is the file's own digits; `cut` is what lies beyond
-- the 18 places a line keeps.
CREATE TABLE report_total (
    tenant_id uuid NOT NULL,
    report_id uuid NOT NULL,
    currency  text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    total     numeric NOT NULL,
    posted    numeric NOT NULL,
    suspense  numeric NOT NULL,
    skipped   numeric NOT NULL,
    cut       numeric NOT NULL,
    units     bigint NOT NULL,
    PRIMARY KEY (tenant_id, report_id, currency),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id),
    CONSTRAINT report_total_conservation CHECK (total = posted + suspense + skipped + cut)
);
CALL app.protect('report_total', 'append');

-- Rows of the file that are no revenue, by reason.
CREATE TABLE report_skip (
    tenant_id uuid NOT NULL,
    report_id uuid NOT NULL,
    reason    text NOT NULL,
    currency  text NOT NULL DEFAULT '',
    row_count bigint NOT NULL,
    amount    numeric NOT NULL,
    PRIMARY KEY (tenant_id, report_id, reason, currency),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id)
);
CALL app.protect('report_skip', 'append');

-- Rows that could not be read, kept verbatim with the place and the reason.
CREATE TABLE report_error (
    tenant_id  uuid NOT NULL,
    report_id  uuid NOT NULL,
    line_no    bigint NOT NULL,
    seq        int  NOT NULL, -- several errors in one line
    field      text,
    column_no  int,
    code       text NOT NULL,
    message    text NOT NULL,
    raw        text NOT NULL,
    PRIMARY KEY (tenant_id, report_id, line_no, seq),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id)
);
CALL app.protect('report_error', 'append');

-- Lines of one report with the same unmatched key, together. The lines stay in revenue_line.
CREATE TABLE suspense_group (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    report_id       uuid NOT NULL,
    source          text NOT NULL,
    source_key      text NOT NULL,
    reason          text NOT NULL,
    title           text,
    artist          text,
    currency        text NOT NULL,
    amount          numeric NOT NULL,
    row_count       bigint NOT NULL,
    unit_count      bigint NOT NULL,
    state           text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'RESOLVED')),
    item_kind       smallint,
    item_id         uuid,
    resolved_by     text,
    resolved_at     timestamptz,
    calculated_run_id uuid, -- the finalised run that reported the resolved lines
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, report_id, source_key, currency),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id),
    CHECK ((state = 'RESOLVED') = (item_id IS NOT NULL))
);
CREATE INDEX suspense_group_open ON suspense_group (tenant_id, state, source, source_key);
CALL app.protect('suspense_group', 'keep');

-- One row of a provider's report. Append-only, in reading order; the raw row stays in the stored file.
CREATE TABLE revenue_line (
    tenant_id        uuid NOT NULL,
    accounting_month date NOT NULL,
    report_id        uuid NOT NULL,
    line_no          bigint NOT NULL,   -- physical line in the file
    platform         text NOT NULL,
    revenue_type     smallint NOT NULL, -- kernel::codes::RevenueType
    item_kind        smallint,          -- kernel::codes::ItemKind
    item_id          uuid,
    suspense_id      uuid,
    source_key       text NOT NULL,     -- the identifier that matching used
    sale_from        date NOT NULL,
    sale_to          date NOT NULL,
    territory        text NOT NULL,
    currency         text NOT NULL,
    amount           numeric NOT NULL,  -- net to us, at most 18 places
    gross            numeric,
    units            bigint NOT NULL,
    configuration    text,
    PRIMARY KEY (tenant_id, accounting_month, report_id, line_no),
    CHECK ((item_id IS NULL) = (suspense_id IS NOT NULL))
) PARTITION BY RANGE (accounting_month);
CALL app.protect('revenue_line', 'append');
REVOKE INSERT ON revenue_line FROM tunemantra_app, tunemantra_worker;
GRANT INSERT ON revenue_line TO tunemantra_bulk;
