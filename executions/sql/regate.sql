-- Keeps `gate` of queued runs in step with their module's policy: capped and paused modules queue in a pile of their own, so
-- that a claim does not read past thousands of runs it may not take. A run enqueued at the same moment may keep the old gate:
-- that costs a little reading, nothing else, because the claim checks the policy of every run it considers.
CREATE OR REPLACE FUNCTION modules_policy_regate() RETURNS trigger LANGUAGE plpgsql SET search_path = platform_agents AS $$
DECLARE
  p modules_policy := coalesce(NEW, OLD);
  v_gate text := CASE WHEN TG_OP <> 'DELETE' AND (NEW.paused OR NEW.concurrency IS NOT NULL) THEN p.module_id ELSE '' END;
BEGIN
  UPDATE executions_run r SET gate = v_gate
  WHERE r.state = 'queued' AND r.org_id = p.org_id AND r.module_id = p.module_id AND r.gate <> v_gate
    AND r.lane IN (SELECT kind || depth FROM unnest(ARRAY['io', 'cpu']) AS kind,
                                             unnest(ARRAY['', '_1', '_2', '_3', '_4', '_5', '_6', '_7', '_8', '_9']) AS depth);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER modules_policy_regate AFTER INSERT OR UPDATE OR DELETE ON modules_policy
  FOR EACH ROW EXECUTE FUNCTION modules_policy_regate();
