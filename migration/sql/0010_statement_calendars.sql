-- Statements follow the calendars of contracts: which account of which run a statement accounts for, so that each
-- is stated once, whenever its turn comes; and who sends the statement.

ALTER TABLE statement ADD COLUMN organisation_id uuid; -- the organisation that speaks; null: the tenant
ALTER TABLE statement ADD FOREIGN KEY (tenant_id, organisation_id) REFERENCES organisation (tenant_id, id);
CREATE INDEX statement_organisation ON statement (tenant_id, organisation_id);

CREATE TABLE statement_account (
    tenant_id    uuid NOT NULL,
    run_id       uuid NOT NULL,
    contract_id  uuid NOT NULL,
    party_id     uuid NOT NULL,
    statement_id uuid NOT NULL,
    -- stated once
    PRIMARY KEY (tenant_id, run_id, contract_id, party_id),
    FOREIGN KEY (tenant_id, run_id, contract_id, party_id)
        REFERENCES run_account (tenant_id, run_id, contract_id, party_id),
    -- a discarded draft gives its accounts back
    FOREIGN KEY (tenant_id, statement_id) REFERENCES statement (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX statement_account_statement ON statement_account (tenant_id, statement_id);
CALL app.protect('statement_account', 'append');

-- Statements made so far account for the run of their month. Row security is forced on the owner too, who is in no
-- tenant here: it stands aside within this transaction, for these tables.
DO $$
DECLARE
    tab text;
    tabs text[] := ARRAY['statement', 'statement_batch', 'calculation_run', 'run_account', 'statement_account'];
BEGIN
    FOREACH tab IN ARRAY tabs LOOP
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', tab);
    END LOOP;
    INSERT INTO statement_account (tenant_id, run_id, contract_id, party_id, statement_id)
    SELECT a.tenant_id, a.run_id, a.contract_id, a.party_id, s.id
      FROM statement s
      JOIN statement_batch b ON b.tenant_id = s.tenant_id AND b.id = s.batch_id
      JOIN calculation_run r
        ON r.tenant_id = s.tenant_id AND r.accounting_month = b.accounting_month AND r.state = 'FINALISED'
      JOIN run_account a
        ON a.tenant_id = s.tenant_id AND a.run_id = r.id AND a.party_id = s.party_id AND a.currency = s.currency;
    FOREACH tab IN ARRAY tabs LOOP
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tab);
    END LOOP;
END $$;
