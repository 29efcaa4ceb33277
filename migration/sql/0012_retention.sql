-- When the file of a report was removed because its time of retention had passed. The figures stay.
ALTER TABLE revenue_report ADD COLUMN file_removed_at timestamptz;
