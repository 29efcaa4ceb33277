-- The database refuses what the program refuses: a state that may not follow another, and a change of what was approved.

-- The allowed changes of state. `domain/src/payments/model.rs` holds the same list; a test compares the two.
CREATE FUNCTION app.payment_transitions() RETURNS TABLE (object text, earlier text, later text)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    VALUES
        ('payment_batch', 'DRAFT', 'APPROVED'),
        ('payment_batch', 'DRAFT', 'CANCELLED'),
        ('payment_batch', 'APPROVED', 'EXECUTING'),
        ('payment_batch', 'APPROVED', 'CANCELLED'),
        ('payment_batch', 'EXECUTING', 'EXECUTED'),
        ('payment', 'PLANNED', 'SENT'),
        ('payment', 'PLANNED', 'CANCELLED'),
        ('payment', 'SENT', 'SETTLED'),
        ('payment', 'SENT', 'FAILED')
$$;

CREATE FUNCTION app.payment_turn() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM app.payment_transitions() t
        WHERE t.object = TG_TABLE_NAME AND t.earlier = OLD.state AND t.later = NEW.state
    ) THEN
        RAISE EXCEPTION '% %: what is % cannot become %', TG_TABLE_NAME, OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_transition';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER payment_batch_turn BEFORE UPDATE ON payment_batch
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION app.payment_turn();
CREATE TRIGGER payment_turn BEFORE UPDATE ON payment
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION app.payment_turn();

-- What an approval is bound to stays as it was made: another amount is another payment, in another batch.
CREATE FUNCTION app.payment_content() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% %: what is paid cannot change once it is made', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_content';
END $$;

CREATE TRIGGER payment_batch_content BEFORE UPDATE ON payment_batch
    FOR EACH ROW WHEN ((OLD.content_hash, OLD.method, OLD.accounting_month, OLD.payment_count, OLD.created_by)
        IS DISTINCT FROM (NEW.content_hash, NEW.method, NEW.accounting_month, NEW.payment_count, NEW.created_by))
    EXECUTE FUNCTION app.payment_content();
CREATE TRIGGER payment_content BEFORE UPDATE ON payment
    FOR EACH ROW WHEN ((OLD.batch_id, OLD.currency, OLD.amount, OLD.method, OLD.paid_currency, OLD.paid_amount)
        IS DISTINCT FROM (NEW.batch_id, NEW.currency, NEW.amount, NEW.method, NEW.paid_currency, NEW.paid_amount))
    EXECUTE FUNCTION app.payment_content();
