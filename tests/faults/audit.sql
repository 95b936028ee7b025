-- Every change of state that an execution goes through, written down by the database itself. Only in databases of fault tests.
CREATE TABLE fault_history (
  execution_id text NOT NULL, place text NOT NULL, was text NOT NULL, became text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE FUNCTION fault_record_run() RETURNS trigger LANGUAGE plpgsql SET search_path = platform_agents AS $$
BEGIN
  INSERT INTO fault_history VALUES (OLD.execution_id, 'run', OLD.state, NEW.state);
  RETURN NULL;
END $$;
CREATE FUNCTION fault_record_row() RETURNS trigger LANGUAGE plpgsql SET search_path = platform_agents AS $$
BEGIN
  INSERT INTO fault_history VALUES (OLD.id, 'row', OLD.status::text, NEW.status::text);
  RETURN NULL;
END $$;
CREATE TRIGGER fault_record AFTER UPDATE ON executions_run FOR EACH ROW
  WHEN (OLD.state = 'done' OR NEW.state = 'done') EXECUTE FUNCTION fault_record_run();
CREATE TRIGGER fault_record AFTER UPDATE ON public.module_executions FOR EACH ROW
  WHEN (OLD.status IN ('completed', 'failed') OR NEW.status IN ('completed', 'failed')) EXECUTE FUNCTION fault_record_row();
