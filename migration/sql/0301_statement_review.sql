-- Batches are reviewed before they are approved, recalled before they are published, and known while they are being
-- published, when nobody can take them back.
ALTER TABLE statement_batch DROP CONSTRAINT statement_batch_state_check;
ALTER TABLE statement_batch ADD CONSTRAINT statement_batch_state_check CHECK (state IN
    ('QUEUED', 'PREPARING', 'DRAFT', 'IN_REVIEW', 'APPROVED', 'PUBLISHING', 'PUBLISHED', 'FAILED', 'DISCARDED'));
ALTER TABLE statement_batch ADD CONSTRAINT statement_batch_publishing_approved
    CHECK (state <> 'PUBLISHING' OR approved_by IS NOT NULL);
-- Why a reviewer or approver sent it back.
ALTER TABLE statement_batch ADD COLUMN remark text CHECK (length(remark) BETWEEN 1 AND 1000);
