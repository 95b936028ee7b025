-- Wakes django-q2's row of fire_due when a slot is due or a waiting one has become free. Not while an ordinary task waits for a
-- worker: another would only wait behind it. An hour back, because the scheduler compares with its own machine's clock.
UPDATE django_q_schedule SET next_run = now() - interval '1 hour'
WHERE id IN (SELECT id FROM django_q_schedule WHERE name = %(name)s AND next_run > now() FOR UPDATE SKIP LOCKED)
  AND NOT EXISTS (SELECT 1 FROM django_q_ormq WHERE key = %(key)s AND lock <= now())
  AND (EXISTS (SELECT 1 FROM modules_schedule WHERE enabled AND next_at <= now())
       OR EXISTS (SELECT 1 FROM modules_schedule_slot w JOIN modules_schedule s ON s.id = w.schedule_id
                  WHERE w.state = 'waiting' AND s.enabled
                    AND NOT EXISTS (SELECT 1 FROM executions_run r WHERE r.origin = 'schedule' AND r.state IN ('queued', 'running')
                                    AND r.requested_by = 'schedule:' || s.id)))
