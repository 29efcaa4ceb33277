-- Payees may be paid in another currency than their statement's: what the payee gets, and by which rate.

ALTER TABLE payment
    ADD COLUMN paid_currency text CHECK (paid_currency ~ '^[A-Z]{3}$'), -- null: the currency of the statement
    ADD COLUMN paid_amount   numeric CHECK (paid_amount > 0),
    ADD COLUMN conversion    jsonb, -- rates, sources, day, as the engine resolved them
    ADD CONSTRAINT payment_conversion CHECK (
        num_nonnulls(paid_currency, paid_amount, conversion) IN (0, 3) AND paid_currency IS DISTINCT FROM currency);
