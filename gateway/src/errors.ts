/** What every refusal and every failed call becomes. Nothing else is thrown by the client. */

/** Codes that we give, beside those of the service (docs/errors.md of the Python side). */
export type TransportCode = "unreachable" | "timeout" | "aborted" | "unexpected_answer";

export interface Refusal {
  detail: string;
  code: string;
  status?: number | undefined;
  errors?: Record<string, string[]> | undefined;
  retryAfterS?: number | undefined;
  requestId?: string | undefined;
  cause?: unknown;
}

/**
 * `message` begins as the integration guide's client has it; `detail` is the sentence alone, and
 * `code` is for programs. `status` is undefined when no answer came. `errors` names the fields of a
 * 400.
 */
export class PythonAgentError extends Error {
  override readonly name = "PythonAgentError";
  readonly detail: string;
  readonly code: string;
  readonly status: number | undefined;
  readonly errors: Record<string, string[]> | undefined;
  readonly retryAfterS: number | undefined;
  readonly requestId: string | undefined;

  constructor(refusal: Refusal) {
    super(`Python agent execution failed: ${refusal.detail}`, { cause: refusal.cause });
    this.detail = refusal.detail;
    this.code = refusal.code;
    this.status = refusal.status;
    this.errors = refusal.errors;
    this.retryAfterS = refusal.retryAfterS;
    this.requestId = refusal.requestId;
  }
}

/** The error of an answer of 400 and above. `body` may be anything: a proxy may have answered. */
export function refusalOf(
  status: number,
  body: unknown,
  headers: Record<string, unknown>,
): PythonAgentError {
  const said = (typeof body === "object" && body !== null ? body : {}) as Partial<Refusal>;
  const detail = said.detail ?? `The agents' service answered ${status} without a reason.`;
  return new PythonAgentError({
    detail: typeof detail === "string" ? detail : JSON.stringify(detail),
    code: said.code ?? "unexpected_answer",
    status,
    errors: said.errors,
    retryAfterS: seconds(headers["retry-after"]),
    requestId: text(headers["x-request-id"]),
  });
}

/** The error of a call that got no answer. */
export function failureOf(error: unknown): PythonAgentError {
  if (error instanceof PythonAgentError) return error;
  const { code = "", message = "" } = error as { code?: string; message?: string };
  const said = message || code || String(error); // a failed look-up of two addresses has no message
  return new PythonAgentError({ detail: said, code: transportCode(code), cause: error });
}

function transportCode(code: string): TransportCode {
  if (code === "ERR_CANCELED" || code === "ABORT_ERR") return "aborted";
  return code === "ECONNABORTED" || code === "ETIMEDOUT" ? "timeout" : "unreachable";
}

function seconds(header: unknown): number | undefined {
  const value = Number.parseInt(text(header) ?? "", 10);
  return Number.isNaN(value) ? undefined : value;
}

const text = (header: unknown) => (typeof header === "string" ? header : undefined);
