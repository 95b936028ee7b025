-- Counts how runs ended, one after the other as if each came alone, and opens the circuit of a module whose failures in a row
-- reach its policy's limit: its status becomes `error`. Returns the modules whose circuit opened here. The row of
-- modules_circuit is locked while it counts, so several workers count exactly; modules go in one order, so they cannot deadlock.
CREATE OR REPLACE FUNCTION executions_circuit(p_modules text[], p_orgs text[], p_completed boolean[])
RETURNS TABLE (module_id text, org_id text, failures int)
LANGUAGE plpgsql VOLATILE
SET search_path = platform_agents, public
AS $$
#variable_conflict use_column
DECLARE v record; v_failures int; v_opened boolean := false;
BEGIN
  FOR v IN SELECT g.module_id, g.org_id, g.completed, p.circuit_failures AS most
           FROM unnest(p_modules, p_orgs, p_completed) WITH ORDINALITY AS g(module_id, org_id, completed, n)
           JOIN modules_policy p ON p.module_id = g.module_id AND p.org_id = g.org_id
           WHERE p.circuit_failures IS NOT NULL ORDER BY g.module_id, g.n
  LOOP
    -- A healthy module writes nothing.
    CONTINUE WHEN v.completed AND NOT EXISTS (SELECT 1 FROM modules_circuit c
      WHERE c.module_id = v.module_id AND (c.failures > 0 OR c.opened_at IS NOT NULL));
    INSERT INTO modules_circuit AS c (module_id, org_id, failures) VALUES (v.module_id, v.org_id, (NOT v.completed)::int)
    ON CONFLICT (module_id) DO UPDATE SET
      failures = CASE WHEN v.completed THEN 0 ELSE c.failures + 1 END,
      opened_at = CASE WHEN v.completed AND EXISTS (SELECT 1 FROM public.modules m WHERE m.id = v.module_id AND m.status = 'active')
                       THEN NULL ELSE c.opened_at END
    RETURNING c.failures INTO v_failures;
    CONTINUE WHEN v.completed OR v_failures < v.most;
    -- SKIP LOCKED: the worker must not wait for the gateway's transaction; the next failure opens it then.
    UPDATE public.modules SET status = 'error'
    WHERE id = (SELECT m.id FROM public.modules m WHERE m.id = v.module_id AND m.status = 'active' FOR NO KEY UPDATE SKIP LOCKED);
    CONTINUE WHEN NOT FOUND;
    UPDATE modules_circuit c SET opened_at = now() WHERE c.module_id = v.module_id;
    v_opened := true;
    module_id := v.module_id; org_id := v.org_id; failures := v_failures;
    RETURN NEXT;
  END LOOP;
  -- A count may be lost with the machine: it would otherwise hold the row's lock over a flush. An opening may not.
  IF NOT v_opened THEN PERFORM set_config('synchronous_commit', 'off', true); END IF;
END $$;
