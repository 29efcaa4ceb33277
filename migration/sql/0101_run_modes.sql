-- Runs beside the monthly batch: an incremental run reports what no run has reported yet and leaves its month open; a
-- recalculation takes the place of a run that is not final.

ALTER TABLE calculation_run DROP CONSTRAINT calculation_run_mode_check;
ALTER TABLE calculation_run ADD CONSTRAINT calculation_run_mode_known CHECK
    (mode IN ('BATCH', 'INCREMENTAL', 'RECALCULATION'));
ALTER TABLE calculation_run ADD COLUMN replaces_id uuid; -- the run that a recalculation took the place of
ALTER TABLE calculation_run ADD FOREIGN KEY (tenant_id, replaces_id) REFERENCES calculation_run (tenant_id, id);
CREATE INDEX calculation_run_replaces ON calculation_run (tenant_id, replaces_id);

-- One run at a time per month that is not final yet …
DROP INDEX calculation_run_one;
CREATE UNIQUE INDEX calculation_run_one ON calculation_run (tenant_id, accounting_month)
    WHERE state NOT IN ('FAILED', 'DISCARDED', 'FINALISED');
-- … and one that closes it.
CREATE UNIQUE INDEX calculation_run_closing ON calculation_run (tenant_id, accounting_month)
    WHERE state = 'FINALISED' AND mode <> 'INCREMENTAL';
