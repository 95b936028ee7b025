-- What was done in organizations that the gateway has deleted, and what is older than that many days (0: nothing is too old).
WITH gone AS MATERIALIZED (
  SELECT a.id FROM tenancy_audit a
  WHERE (a.org_id <> '' AND NOT EXISTS (SELECT 1 FROM public.organizations o WHERE o.id = a.org_id))
     OR (%(days)s > 0 AND a.at < now() - make_interval(days => %(days)s))
  LIMIT %(most)s
), deleted AS (
  DELETE FROM tenancy_audit a USING gone g WHERE a.id = g.id RETURNING a.id)
SELECT count(*) FROM deleted
