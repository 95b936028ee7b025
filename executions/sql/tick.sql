WITH beat AS (
  INSERT INTO executions_worker (id, host, pid, lanes) VALUES (%(worker)s, %(host)s, %(pid)s, '["io", "cpu"]')
  ON CONFLICT (id) DO UPDATE SET beat_at = now()
  RETURNING set_config('synchronous_commit', 'off', true))
SELECT EXISTS (SELECT 1 FROM executions_run WHERE state = 'queued' AND lane = 'io') AS io,
       EXISTS (SELECT 1 FROM executions_run WHERE state = 'queued' AND lane = 'cpu') AS cpu,
       EXISTS (SELECT 1 FROM executions_run WHERE state = 'running' AND lease_until < now()) AS lost,
       EXISTS (SELECT 1 FROM executions_run WHERE state = 'queued' AND start_by < now()) AS late,
       ARRAY(SELECT l FROM unnest(%(lanes)s::text[]) AS l
             WHERE EXISTS (SELECT 1 FROM executions_run WHERE state = 'queued' AND lane = l)) AS child_lanes,
       EXISTS (SELECT 1 FROM executions_delivery WHERE state = 'pending' AND due_at <= now()) AS delivery
