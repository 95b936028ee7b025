/**
 * What the service answers and is asked, from its OpenAPI file (`npm run types` makes api.ts anew).
 * The names are those of the wire. Times are RFC 3339 in UTC.
 */
import type { paths } from "./api.js";

type Body<Operation, Status extends number> = Operation extends {
  responses: Record<Status, { content: { "application/json": infer Answer } }>;
}
  ? Answer
  : never;
type Query<Operation> = Operation extends { parameters: { query?: infer Given } }
  ? NonNullable<Given>
  : never;

/** The four fields. `pending` and `running`: it takes longer than the call waited. */
export type Execution = Body<paths["/execute"]["post"], 200> & {
  /** In a stream's end: the output is large; read the execution. */
  output_omitted?: boolean;
};
export type Batch = Body<paths["/execute/batch"]["post"], 202>;

/** `run` is null for a row of the gateway that was never submitted. */
export type ExecutionDetail = Body<paths["/executions/{execution_id}"]["get"], 200>;
export type ExecutionPage = Body<paths["/executions"]["get"], 200>;
export type ExecutionFilters = Query<paths["/executions"]["get"]>;

export type ModulePage = Body<paths["/modules"]["get"], 200>;
export type ModuleFilters = Query<paths["/modules"]["get"]>;
export type Module = Body<paths["/modules/{module_id}"]["get"], 200>;
export type Agents = Body<paths["/agents"]["get"], 200>;

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

/** `state` and what follows is null for a row of the gateway that was never submitted. */
export interface ExecutionState {
  execution_id: string;
  module_id: string;
  status: Execution["status"];
  state: "queued" | "running" | "done" | null;
  outcome: "completed" | "failed" | "timed_out" | "cancelled" | "lost" | null;
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
