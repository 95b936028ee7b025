-- Every organization that has runs, one step through the index each, and whether the gateway still has it.
WITH RECURSIVE seen AS (
  (SELECT org_id FROM executions_run ORDER BY org_id LIMIT 1)
  UNION ALL
  SELECT (SELECT r.org_id FROM executions_run r WHERE r.org_id > s.org_id ORDER BY r.org_id LIMIT 1) FROM seen s WHERE s.org_id IS NOT NULL)
SELECT s.org_id, EXISTS (SELECT 1 FROM public.organizations o WHERE o.id = s.org_id) FROM seen s WHERE s.org_id IS NOT NULL
