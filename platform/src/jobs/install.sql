-- Who may do what with the queue. Run as its owner after the queue's own migrations; running it again is harmless.

-- The application and the worker may put jobs into the queue and nothing else: no table of it is theirs to read.
GRANT USAGE ON SCHEMA graphile_worker TO tunemantra_app, tunemantra_worker, tunemantra_system;
REVOKE ALL ON ALL TABLES IN SCHEMA graphile_worker FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA graphile_worker FROM PUBLIC;

-- The system role runs the queue, for all tenants.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO tunemantra_system;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA graphile_worker TO tunemantra_system;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphile_worker TO tunemantra_system;

-- The queue's migrations switch row security on and leave the policies to us.
DO $$
DECLARE
    queue_table regclass;
BEGIN
    FOR queue_table IN
        SELECT c.oid::regclass FROM pg_class c
        WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relrowsecurity
    LOOP
        EXECUTE format('DROP POLICY IF EXISTS queue_runner ON %s', queue_table);
        EXECUTE format(
            'CREATE POLICY queue_runner ON %s TO tunemantra_system USING (true) WITH CHECK (true)', queue_table);
    END LOOP;
END
$$;

-- The door for the application and the worker. It runs with its owner's rights, so it has a fixed search path,
-- and it lets nobody plant a job in another tenant.
CREATE OR REPLACE FUNCTION graphile_worker.enqueue(
    identifier text,
    payload json,
    queue_name text DEFAULT NULL,
    run_at timestamptz DEFAULT NULL,
    max_attempts integer DEFAULT NULL,
    job_key text DEFAULT NULL,
    priority integer DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (payload ->> 'tenant') IS NULL
       OR (payload ->> 'tenant') IS DISTINCT FROM current_setting('app.tenant_id', true) THEN
        RAISE EXCEPTION 'a job belongs to the tenant of the transaction that causes it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM graphile_worker.add_job(
        identifier => enqueue.identifier,
        payload => enqueue.payload,
        queue_name => enqueue.queue_name,
        run_at => enqueue.run_at,
        max_attempts => enqueue.max_attempts,
        job_key => enqueue.job_key,
        priority => enqueue.priority);
END
$$;
REVOKE ALL ON FUNCTION graphile_worker.enqueue FROM PUBLIC;
GRANT EXECUTE ON FUNCTION graphile_worker.enqueue TO tunemantra_app, tunemantra_worker, tunemantra_system;
