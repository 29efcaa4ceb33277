-- Which exchange rate a contract uses: every rule the engine knows, and what the rules about payment and stated rates
-- need to be told of a report.

ALTER TABLE contract DROP CONSTRAINT contract_fx_rule_check;
ALTER TABLE contract ADD CONSTRAINT contract_fx_rule_known CHECK
    (fx_rule IN ('MONTH_END', 'MONTH_START', 'MONTH_AVERAGE', 'RECEIPT_DATE', 'PAYMENT_DATE', 'STATED'));

-- When the provider paid a report, and the rates it converted with. A later record replaces an earlier one; what was
-- calculated keeps what it was calculated with.
CREATE TABLE report_payment (
    tenant_id   uuid NOT NULL,
    report_id   uuid NOT NULL,
    paid_on     date,
    rates       jsonb NOT NULL DEFAULT '[]'::jsonb, -- [{"base": "USD", "quote": "EUR", "rate": "0.92"}]
    version     int NOT NULL DEFAULT 1,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, report_id),
    FOREIGN KEY (tenant_id, report_id) REFERENCES revenue_report (tenant_id, id),
    CONSTRAINT report_payment_says_something CHECK (paid_on IS NOT NULL OR rates <> '[]'::jsonb)
);
CALL app.protect('report_payment', 'keep');
