UPDATE executions_run r SET lease_until = now() + make_interval(secs => %(lease_s)s)
FROM unnest(%(ids)s::text[], %(attempts)s::int[]) AS mine(id, attempt)
WHERE r.execution_id = ANY (%(ids)s) AND r.execution_id = mine.id AND r.attempt = mine.attempt
  AND r.worker = %(worker)s AND r.lease_until IS NOT NULL
RETURNING r.execution_id, r.cancel_requested_at IS NOT NULL,
          set_config('synchronous_commit', 'off', true)
