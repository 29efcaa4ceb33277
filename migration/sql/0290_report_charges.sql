-- Taxes and fees that providers keep of whole reports: recorded with the payment of the report, allocated over its lines,
-- shown in the totals of a run, and an account of their own.

ALTER TABLE report_payment ADD COLUMN charges jsonb NOT NULL DEFAULT '[]'::jsonb; -- [{"name": …, "kind": "FEE", "amount": "1.20", "currency": "EUR"}]
ALTER TABLE report_payment DROP CONSTRAINT report_payment_says_something;
ALTER TABLE report_payment ADD CONSTRAINT report_payment_says_something
    CHECK (paid_on IS NOT NULL OR rates <> '[]'::jsonb OR charges <> '[]'::jsonb);

ALTER TABLE run_total ADD COLUMN charges numeric NOT NULL DEFAULT 0;
ALTER TABLE run_total DROP CONSTRAINT run_total_conservation;
ALTER TABLE run_total ADD CONSTRAINT run_total_conservation CHECK (lines = payees + margin + charges + suspense);

-- One more kind of account, beside whatever kinds there are.
DO $$
DECLARE known text;
BEGIN
    SELECT pg_get_constraintdef(oid) INTO STRICT known FROM pg_constraint
     WHERE conrelid = 'ledger_account'::regclass AND conname = 'ledger_account_kind_known';
    IF known NOT LIKE '%''CHARGE''%' THEN
        ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_kind_known;
        EXECUTE 'ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_kind_known '
            || regexp_replace(known, 'ARRAY\[', 'ARRAY[''CHARGE''::text, ');
    END IF;
END $$;
