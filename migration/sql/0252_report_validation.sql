-- What a report is expected to bring, and how it compares with those before it.

-- The source that brought it; null for an upload that names none.
ALTER TABLE revenue_report ADD COLUMN source_id uuid;
ALTER TABLE revenue_report ADD FOREIGN KEY (tenant_id, source_id) REFERENCES source (tenant_id, id);
CREATE INDEX revenue_report_source ON revenue_report (tenant_id, source_id, id);
CREATE INDEX revenue_report_layout ON revenue_report (tenant_id, layout, platform, id);

-- What a report adds up to by territory and currency: posted and waiting lines.
CREATE TABLE report_territory (
    tenant_id  uuid NOT NULL,
    report_id  uuid NOT NULL,
    territory  text NOT NULL,
    currency   text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    row_count  bigint NOT NULL,
    unit_count bigint NOT NULL,
    amount     numeric NOT NULL,
    PRIMARY KEY (tenant_id, report_id, territory, currency),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id)
);
CALL app.protect('report_territory', 'append');

-- The items that have a line in it, each once.
CREATE TABLE report_items (
    tenant_id uuid NOT NULL,
    report_id uuid NOT NULL,
    items     uuid[] NOT NULL,
    PRIMARY KEY (tenant_id, report_id),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id)
);
CALL app.protect('report_items', 'append');

-- What somebody expects of a source's reports. Without a row, and where a column is null, its earlier reports say.
CREATE TABLE source_expectation (
    tenant_id        uuid NOT NULL,
    source_id        uuid NOT NULL,
    territories      text[],
    currencies       text[],
    rows_from        bigint CHECK (rows_from >= 0),
    rows_to          bigint CHECK (rows_to >= rows_from),
    history          int NOT NULL CHECK (history BETWEEN 1 AND 24), -- earlier reports that are looked at
    row_tolerance    numeric NOT NULL CHECK (row_tolerance >= 0),   -- part of their mean: 0.5 is a half more or less
    amount_tolerance numeric NOT NULL CHECK (amount_tolerance >= 0),
    items            boolean NOT NULL,                              -- whether missing items are pointed out
    version          int NOT NULL,
    updated_by       text NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, source_id),
    FOREIGN KEY (tenant_id, source_id) REFERENCES source (tenant_id, id)
);
CALL app.protect('source_expectation', 'keep');

-- What the checks found when the report was imported.
CREATE TABLE report_finding (
    tenant_id uuid NOT NULL,
    report_id uuid NOT NULL,
    seq       int  NOT NULL, -- in order of the checks, from 1
    kind      text NOT NULL,
    severity  text NOT NULL CHECK (severity IN ('PASSED', 'NOTE', 'WARNING')),
    subject   text NOT NULL, -- a territory, a currency, a total of the file; empty for the report
    expected  text,
    found     text,
    message   text NOT NULL,
    details   text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, report_id, seq),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id)
);
CALL app.protect('report_finding', 'append');

ALTER TABLE source_alert DROP CONSTRAINT source_alert_kind_check;
ALTER TABLE source_alert ADD CONSTRAINT source_alert_kind_known
    CHECK (kind IN ('REPORT_MISSING', 'RUN_FAILED', 'REPORT_UNUSUAL'));
