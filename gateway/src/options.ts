/** What a caller may ask for beside the input, and how it is said over HTTP. */

export interface CallOptions {
  signal?: AbortSignal;
  /** Of one HTTP call; 60 s unless the client says otherwise. */
  timeoutMs?: number;
  /** Comes back in the answer and stands in the service's logs: 1 to 128 of A-Z a-z 0-9 . _ - */
  requestId?: string;
}

export interface SubmitOptions extends CallOptions {
  /** Makes the call repeatable: the same key and input is the same execution. Retries need it. */
  idempotencyKey?: string;
  /** How long the call waits for the result at most; then it comes back as pending or running. */
  waitSeconds?: number;
  /** Do not wait at all. */
  respondAsync?: boolean;
  /** Follow what is not over yet until it is. `signal` ends that, too. */
  untilDone?: boolean;
  /** Seconds that one attempt may take; shortens the module's own limit. */
  runTimeoutS?: number;
  /** Seconds until its start; later it ends as timed out. */
  startWithinS?: number;
}

export interface ExecuteOptions extends SubmitOptions {
  taskId?: string;
  /**
   * A pending row of `module_executions` that the gateway inserted, to use instead of a new one.
   */
  executionId?: string;
  /** Where the end is told: an address, or a path of the gateway's. See webhooks.ts. */
  webhookUrl?: string;
  /** The organization's secret that it is signed with; else its signing secret. */
  webhookSecretName?: string;
}

export interface BatchOptions extends CallOptions {
  taskId?: string;
  idempotencyKey?: string;
  runTimeoutS?: number;
  startWithinS?: number;
}

export interface RetryOptions extends SubmitOptions {
  /** What it ran with, or what the module has now. */
  config?: "same" | "current";
  inputData?: unknown;
}

const USUAL_MS = 60_000;
const MARGIN_MS = 10_000;

/** Headers, limits and signal of a call that submits something. */
export function submitting(options: SubmitOptions) {
  const { waitSeconds, timeoutMs } = options;
  const prefer = options.respondAsync
    ? "respond-async"
    : waitSeconds !== undefined && `wait=${Math.max(0, Math.floor(waitSeconds))}`;
  const leastMs = (waitSeconds ?? 0) * 1000 + MARGIN_MS;
  return {
    ...calling(options, {
      ...(prefer ? { Prefer: prefer } : {}),
      ...(options.idempotencyKey ? { "Idempotency-Key": options.idempotencyKey } : {}),
    }),
    timeoutMs: timeoutMs ?? (leastMs > USUAL_MS ? leastMs : undefined),
  };
}

/** What the body says of the run's own limits. */
export const limits = (options: Pick<SubmitOptions, "runTimeoutS" | "startWithinS">) => ({
  timeout_s: options.runTimeoutS,
  start_within_s: options.startWithinS,
});

export function calling(options: CallOptions, headers: Record<string, string> = {}) {
  const { requestId, signal, timeoutMs } = options;
  return {
    headers: { ...headers, ...(requestId ? { "X-Request-Id": requestId } : {}) },
    signal,
    timeoutMs,
  };
}
