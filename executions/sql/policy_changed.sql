-- Whoever changes a policy, a pause or the kill switch, and by whatever way: at the commit, workers are woken (more may be
-- claimable now), and the claim lock makes it exact: a claim that began earlier has ended when the change is done, and every
-- later one sees it. Deferred, so that the lock is held for the commit only, not while `modules_policy_regate` works.
CREATE OR REPLACE FUNCTION executions_policy_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7203001);
  PERFORM pg_notify('run_queued', '*');                             -- every lane
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER executions_policy_changed AFTER INSERT OR UPDATE OR DELETE ON modules_policy
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION executions_policy_changed();
CREATE CONSTRAINT TRIGGER executions_policy_changed AFTER INSERT OR UPDATE OR DELETE ON tenancy_policy
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION executions_policy_changed();
CREATE CONSTRAINT TRIGGER executions_policy_changed AFTER INSERT OR UPDATE OR DELETE ON executions_killswitch
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION executions_policy_changed();
