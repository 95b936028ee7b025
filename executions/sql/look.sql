-- What would have been announced, for a worker that nobody tells. Each line as (channel, payload).
SELECT 'run_queued', wanted.lane FROM unnest(%(lanes)s::text[]) AS wanted(lane)
WHERE EXISTS (SELECT 1 FROM executions_run r WHERE r.state = 'queued' AND r.lane = wanted.lane)
UNION ALL
SELECT 'run_cancel', worker || ' ' || execution_id FROM executions_run
WHERE state = 'running' AND worker = %(worker)s AND cancel_requested_at IS NOT NULL
UNION ALL
SELECT 'run_answered', r.worker || ' ' || c.execution_id FROM executions_callback c
JOIN executions_run r ON r.execution_id = c.execution_id
WHERE r.state = 'running' AND r.worker = %(worker)s
UNION ALL
SELECT 'delivery_due', '' WHERE EXISTS (SELECT 1 FROM executions_delivery WHERE state = 'pending' AND due_at <= now())
UNION ALL
SELECT 'task_queued', '' WHERE EXISTS (SELECT 1 FROM django_q_ormq WHERE lock <= now())
