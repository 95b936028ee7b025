-- How an attempt ended, while it is still ours. again_in_s: due again then; NULL: over. gone: the receiver wants no more of them, so
-- the module's webhook is switched off. refund: the attempt does not count.
WITH settled AS (
  UPDATE executions_delivery SET lease = NULL, attempts = attempts - %(refund)s::int,
    state = CASE WHEN %(again_in_s)s::float8 IS NOT NULL THEN 'pending' WHEN %(delivered)s THEN 'delivered' ELSE 'failed' END,
    due_at = CASE WHEN %(again_in_s)s::float8 IS NULL THEN due_at ELSE now() + make_interval(secs => %(again_in_s)s::float8) END,
    settled_at = CASE WHEN %(again_in_s)s::float8 IS NULL THEN now() END,
    last_status = CASE WHEN %(refund)s THEN last_status ELSE %(status)s END,
    last_error = CASE WHEN %(refund)s THEN last_error ELSE %(error)s END,
    last_body = CASE WHEN %(refund)s THEN last_body ELSE %(body)s END
  WHERE id = %(id)s AND lease = %(lease)s
  RETURNING org_id, webhook_id
), off AS (
  UPDATE modules_webhook w SET enabled = false, disabled_because = %(error)s, changed_at = now()
  FROM settled s WHERE %(gone)s AND w.id = s.webhook_id AND w.org_id = s.org_id)
SELECT 1 FROM settled
