-- However a run ends, and whoever ends it: what has to be announced is written in the same transaction. `webhook` was decided when
-- the run was submitted, so a run that nobody wants to hear of pays for one comparison. Only our own tables are read and written.
CREATE OR REPLACE FUNCTION executions_webhooks_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO executions_delivery (id, org_id, execution_id, module_id, webhook_id, url, host, secret_name, outcome)
  SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), NEW.org_id, NEW.execution_id, NEW.module_id, t.webhook_id, t.url,
         lower(coalesce(substring(t.url from '^https?://([^/?#]+)'), '')), t.secret_name, NEW.outcome
  FROM (
    SELECT w.id AS webhook_id, w.url, NULL AS secret_name FROM modules_webhook w
    WHERE w.module_id = NEW.module_id AND w.org_id = NEW.org_id AND w.enabled AND NEW.outcome = ANY (w.outcomes)
    UNION ALL
    SELECT NULL, NEW.webhook_url, NEW.webhook_secret WHERE NEW.webhook_url IS NOT NULL) t;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS executions_webhooks_due ON executions_run;
CREATE TRIGGER executions_webhooks_due AFTER UPDATE OF state ON executions_run FOR EACH ROW
  WHEN (NEW.state = 'done' AND OLD.state <> 'done' AND NEW.webhook) EXECUTE FUNCTION executions_webhooks_due();
