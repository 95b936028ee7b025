-- Deliveries that are due, fairly chosen, into this deliverer's hands. The lease is due_at moved ahead: whoever dies with one in
-- hand loses it then. What is in hand is counted from live leases, so the limits hold for all deliverers together; two that claim
-- at the same moment may exceed them by what they took.
-- Order: the organization with the least in hand first, inside it the host with the least, then age. The walk takes one index
-- descent per organization and host that have something pending.
WITH RECURSIVE pile AS (
    (SELECT d.org_id, d.host FROM executions_delivery d WHERE d.state = 'pending' ORDER BY d.org_id, d.host LIMIT 1)
  UNION ALL
    SELECT n.org_id, n.host FROM pile CROSS JOIN LATERAL (
      SELECT d.org_id, d.host FROM executions_delivery d
      WHERE d.state = 'pending' AND (d.org_id, d.host) > (pile.org_id, pile.host) ORDER BY d.org_id, d.host LIMIT 1) n
), in_hand AS MATERIALIZED (
  SELECT d.org_id, d.host, count(*) AS n FROM executions_delivery d WHERE d.lease IS NOT NULL AND d.due_at > now()
  GROUP BY d.org_id, d.host
), org_in_hand AS MATERIALIZED (SELECT org_id, sum(n) AS n FROM in_hand GROUP BY org_id
), candidate AS (
  SELECT o.id, o.due_at, coalesce(g.n, 0) + row_number() OVER (PARTITION BY p.org_id ORDER BY o.nth, o.due_at) AS org_nth
  FROM pile p LEFT JOIN in_hand h ON h.org_id = p.org_id AND h.host = p.host
  LEFT JOIN org_in_hand g ON g.org_id = p.org_id
  CROSS JOIN LATERAL (
    SELECT d.id, d.due_at, coalesce(h.n, 0) + row_number() OVER (ORDER BY d.due_at) AS nth FROM executions_delivery d
    WHERE d.state = 'pending' AND d.org_id = p.org_id AND d.host = p.host AND d.due_at <= now()
    ORDER BY d.due_at LIMIT greatest(%(per_host)s - coalesce(h.n, 0), 0)) o
), chosen AS MATERIALIZED (
  SELECT id FROM candidate WHERE org_nth <= %(per_org)s ORDER BY org_nth, due_at LIMIT %(most)s
), free AS MATERIALIZED (
  SELECT d.id, d.webhook_id FROM executions_delivery d
  WHERE d.id = ANY (ARRAY(SELECT id FROM chosen)) AND d.state = 'pending' AND d.due_at <= now() FOR UPDATE SKIP LOCKED
), taken AS (
  UPDATE executions_delivery d SET attempts = d.attempts + 1, lease = gen_random_uuid(),
    due_at = now() + make_interval(secs => %(lease_s)s), url = coalesce(w.url, d.url)
  FROM free f LEFT JOIN modules_webhook w ON w.id = f.webhook_id
  WHERE d.id = f.id
  RETURNING d.id, d.lease, d.attempts, d.org_id, d.execution_id, d.module_id, d.webhook_id, d.url, d.secret_name, d.outcome,
            d.created_at, w.enabled, w.key_id, w.box)
SELECT t.*, o.id IS NULL AS org_gone, e.id IS NULL AS row_gone, e.task_id::text, e.status::text, e.error,
       e.started_at, e.completed_at, CASE WHEN octet_length(e.output) <= %(most_output)s THEN e.output END AS output,
       coalesce(octet_length(e.output) > %(most_output)s, false) AS output_omitted
FROM taken t LEFT JOIN public.organizations o ON o.id = t.org_id
LEFT JOIN public.module_executions e ON e.id = t.execution_id AND e.org_id = t.org_id
