-- Files that say again what other files said, rows that were mended, and suspense that ends without an item.

-- A report of our own making beside those of providers: what takes an earlier one back, and rows mended since.
ALTER TABLE revenue_report
    ADD COLUMN kind text NOT NULL DEFAULT 'FILE' CHECK (kind IN ('FILE', 'REVERSAL', 'REPAIR')),
    ADD COLUMN of_report_id uuid,          -- the report that is taken back or mended
    ADD COLUMN decision text CHECK (decision IN ('REPLACE', 'SKIP_DUPLICATES', 'ADD', 'DISCARD')),
    ADD COLUMN decided_by text,
    ADD COLUMN decided_at timestamptz,
    ADD COLUMN excluded_count bigint NOT NULL DEFAULT 0, -- lines that another report has, left out
    ADD CONSTRAINT revenue_report_kind CHECK ((kind = 'FILE') = (of_report_id IS NULL)),
    ADD FOREIGN KEY (tenant_id, of_report_id) REFERENCES revenue_report (tenant_id, id);
CREATE INDEX revenue_report_of ON revenue_report (tenant_id, of_report_id) WHERE of_report_id IS NOT NULL;
-- Which files of one layout speak of the same days.
CREATE INDEX revenue_report_sale ON revenue_report (tenant_id, layout, sale_from, sale_to);

-- HELD: read, but it says again what is known; nothing is booked until a person decides. DISCARDED: decided against.
ALTER TABLE revenue_report DROP CONSTRAINT revenue_report_state_check;
ALTER TABLE revenue_report ADD CONSTRAINT revenue_report_state_check
    CHECK (state IN ('RECEIVED', 'IMPORTING', 'IMPORTED', 'FAILED', 'HELD', 'DISCARDED'));

-- What a held file has in common with an earlier one.
CREATE TABLE report_duplicate (
    tenant_id  uuid NOT NULL,
    report_id  uuid NOT NULL,
    other_id   uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('REISSUE', 'OVERLAP')),
    new_uses   bigint NOT NULL,  -- different uses (item, platform, territory, type, days) of the new file,
    old_uses   bigint NOT NULL,  -- of the earlier one,
    same_uses  bigint NOT NULL,  -- and of both
    line_count bigint NOT NULL,  -- lines that are the same to the last digit
    amounts    jsonb NOT NULL,   -- and their amounts, by currency
    PRIMARY KEY (tenant_id, report_id, other_id),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id),
    FOREIGN KEY (tenant_id, other_id) REFERENCES revenue_report (tenant_id, id)
);
CREATE INDEX report_duplicate_other ON report_duplicate (tenant_id, other_id);
CALL app.protect('report_duplicate', 'append');

-- Lines of a report that are not revenue because an earlier report has them: in the file's total as skipped.
CREATE TABLE report_line_excluded (
    tenant_id uuid NOT NULL,
    report_id uuid NOT NULL,
    line_no   bigint NOT NULL,
    PRIMARY KEY (tenant_id, report_id, line_no),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id)
);
CALL app.protect('report_line_excluded', 'append');

-- The totals of a held file change once: when lines are left out by decision. Those of an imported one never do.
CREATE FUNCTION app.report_total_settles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM revenue_report r WHERE r.tenant_id = OLD.tenant_id AND r.id = OLD.report_id
                      AND r.state = 'IMPORTING' AND r.decision IN ('SKIP_DUPLICATES', 'REPLACE')) THEN
        RAISE EXCEPTION 'the totals of an imported report do not change';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER report_total_settles BEFORE UPDATE ON report_total FOR EACH ROW EXECUTE FUNCTION app.report_total_settles();
GRANT UPDATE (posted, suspense, skipped, units) ON report_total TO tunemantra_app, tunemantra_worker;

-- HELD: of a report that waits for a decision. WITHDRAWN: of a report that was taken back, and of what takes it back.
ALTER TABLE suspense_group DROP CONSTRAINT suspense_group_state_check;
ALTER TABLE suspense_group ADD CONSTRAINT suspense_group_state_check
    CHECK (state IN ('OPEN', 'RESOLVED', 'HELD', 'WITHDRAWN'));

-- What a person, or a rule that a person made, puts in the place of a cell that could not be read.
CREATE TABLE report_repair (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    report_id  uuid NOT NULL,
    line_no    bigint NOT NULL,
    cells      jsonb NOT NULL,   -- [{column, was, value}], columns counted from 1
    rule_id    uuid,             -- the rule that did it, where one did
    state      text NOT NULL CHECK (state IN ('WAITING', 'POSTED', 'REFUSED')),
    message    text,             -- why it is still not readable
    repair_report_id uuid,       -- the report that the mended line is posted in
    made_by    text NOT NULL,
    made_at    timestamptz NOT NULL,
    ended_at   timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id),
    FOREIGN KEY (tenant_id, repair_report_id) REFERENCES revenue_report (tenant_id, id)
);
-- A row is mended once.
CREATE UNIQUE INDEX report_repair_row ON report_repair (tenant_id, report_id, line_no) WHERE state <> 'REFUSED';
CREATE INDEX report_repair_report ON report_repair (tenant_id, repair_report_id);
CALL app.protect('report_repair', 'keep');

-- What to read in the place of a text that a source writes and its layout does not know, in this file and later ones.
CREATE TABLE repair_rule (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    id          uuid NOT NULL,
    source      text NOT NULL CHECK (length(source) BETWEEN 1 AND 200), -- the layout
    column_name text NOT NULL CHECK (length(column_name) BETWEEN 1 AND 500),
    found       text NOT NULL CHECK (length(found) <= 1000),
    value       text NOT NULL CHECK (length(value) <= 1000),
    state       text NOT NULL CHECK (state IN ('ACTIVE', 'RETIRED')),
    used_count  bigint NOT NULL DEFAULT 0,
    made_by     text NOT NULL,
    made_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX repair_rule_in_use ON repair_rule (tenant_id, source, column_name, found) WHERE state = 'ACTIVE';
CALL app.protect('repair_rule', 'keep');

-- What stood in the cell, and what the sender probably meant.
ALTER TABLE report_error
    ADD COLUMN column_name text,
    ADD COLUMN found text,
    ADD COLUMN proposal text;
