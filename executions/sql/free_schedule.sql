-- A schedule with a slot that waits for an earlier run of the schedule, and no such run any more.
SELECT s.* FROM modules_schedule s
WHERE s.enabled AND s.id IN (SELECT w.schedule_id FROM modules_schedule_slot w WHERE w.state = 'waiting')
  AND NOT EXISTS (SELECT 1 FROM executions_run r WHERE r.origin = 'schedule' AND r.state IN ('queued', 'running')
                  AND r.requested_by = 'schedule:' || s.id)
ORDER BY s.id LIMIT 1 FOR UPDATE OF s SKIP LOCKED
