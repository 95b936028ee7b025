-- Where keeping figures begins: at the oldest end that is there, a month back at most.
INSERT INTO executions_figuresuntil (id, until)
SELECT 1, greatest(date_trunc('hour', now()) - interval '32 days', coalesce(date_trunc('hour', min(finished_at)), now() - interval '1 minute'))
FROM executions_run WHERE finished_at > now() - interval '33 days'
ON CONFLICT DO NOTHING
