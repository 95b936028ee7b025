/** What the service answers. Times are RFC 3339 in UTC. */

export type Status = "pending" | "running" | "completed" | "failed";
export type Outcome = "completed" | "failed" | "timed_out" | "cancelled" | "lost";
export type State = "queued" | "running" | "done";
export type JsonObject = Record<string, unknown>;

/**
 * The four fields of POST /execute. `pending` and `running`: it takes longer than the call waited.
 */
export interface Execution {
  execution_id: string;
  status: Status;
  output: unknown;
  error: string | null;
  /** In a stream's end: the output is large; read the execution. */
  output_omitted?: boolean;
}

export interface ExecutionDetail extends Execution {
  module_id: string;
  task_id: string | null;
  input: unknown;
  started_at: string | null;
  completed_at: string | null;
  /** null for a row of the gateway that was never submitted. */
  run: JsonObject | null;
  children: JsonObject[];
  approvals: JsonObject[];
}

export interface ExecutionFilters {
  module_id?: string;
  task_id?: string;
  status?: Status;
  outcome?: Outcome;
  state?: State;
  origin?: string;
  created_after?: string;
  created_before?: string;
  cursor?: string;
  limit?: number;
}

export interface ExecutionEntry extends JsonObject {
  execution_id: string;
  status: Status;
  error: string | null;
}

export interface ExecutionPage {
  executions: ExecutionEntry[];
  next: string | null;
}

export interface ModuleFilters {
  status?: string;
  category?: string;
  agent?: string;
  cursor?: string;
  limit?: number;
}

export interface Module extends JsonObject {
  id: string;
  name: string;
  agent: string | null;
  runnable: boolean;
}

export interface Agent extends JsonObject {
  name: string;
}

export interface ModulePage {
  modules: Module[];
  next: string | null;
}

export interface Agents {
  agents: Agent[];
}

export interface Health {
  status: string;
  service?: string;
  /** Why, when `status` is "unhealthy". */
  error?: string;
}

export interface ExecutionEvent {
  seq: number;
  attempt: number;
  kind: string;
  level: string;
  message: string;
  data: unknown;
  at: string;
}

export interface ExecutionState {
  execution_id: string;
  module_id: string;
  status: Status;
  state: State | null;
  outcome: Outcome | null;
  attempt: number | null;
  queued_at: string | null;
  claimed_at: string | null;
  finished_at: string | null;
  cancel_requested: boolean;
}

/** What `streamExecution` yields; `end` is the last. */
export type ExecutionUpdate =
  | { type: "event"; event: ExecutionEvent }
  | { type: "state"; state: ExecutionState }
  | { type: "end"; execution: Execution };
