-- What holds an organization's and a module's runs back, said once: the claim and `waiting.sql` both ask here. Plain SQL,
-- STABLE and without SET clauses, so that PostgreSQL inlines them: the claim's plan is the one it had with this text inside.
-- room: how many more may start now; NULL without a limit. A parent that only waits for its children takes no room of its
-- organization.
SET LOCAL check_function_bodies = off;  -- the gateway's tables may come after our migrations
CREATE OR REPLACE FUNCTION executions_org_limits(p_org text)
RETURNS TABLE (running int, paused boolean, concurrency int, room int, weight double precision) LANGUAGE sql STABLE AS $$
  SELECT b.running, coalesce(t.paused, false), t.concurrency, t.concurrency - b.running, coalesce(t.weight, plan.weight, 1)
  FROM (SELECT count(*)::int AS running FROM platform_agents.executions_run a
        WHERE a.state = 'running' AND a.org_id = p_org AND NOT a.waiting) b
  LEFT JOIN platform_agents.tenancy_policy t ON t.org_id = p_org
  LEFT JOIN LATERAL (SELECT p.weight FROM public.organizations g JOIN platform_agents.tenancy_plan p ON p.plan = g.plan
                     WHERE g.id = p_org AND t.weight IS NULL) plan ON true
$$;
-- No row: the module has no policy, and nothing holds it.
CREATE OR REPLACE FUNCTION executions_module_limits(p_org text, p_module text)
RETURNS TABLE (running int, paused boolean, concurrency int, room int) LANGUAGE sql STABLE AS $$
  SELECT b.running, m.paused, m.concurrency, m.concurrency - b.running
  FROM platform_agents.modules_policy m
  CROSS JOIN LATERAL (SELECT CASE WHEN m.concurrency IS NOT NULL THEN (SELECT count(*)::int FROM platform_agents.executions_run a
                        WHERE a.state = 'running' AND a.org_id = p_org AND a.module_id = p_module) END AS running OFFSET 0) b
  WHERE m.module_id = p_module OFFSET 0
$$;
