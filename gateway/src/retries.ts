/** Repeats a call that was refused for the moment, when repeating cannot do anything twice. */
import { setTimeout as pause } from "node:timers/promises";
import { PythonAgentError } from "./errors.js";

export interface RetryPolicy {
  /** How often at most, after the first time. */
  retries: number;
  /** A longer Retry-After is not waited for: the error goes to the caller. */
  longestRetryAfterS: number;
}

/**
 * `safe`: the call reads only, or has an idempotency key. A 429 or 503 that says when to come again
 * is repeated then; all else is thrown at once.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  policy: RetryPolicy,
  { safe, signal }: { safe: boolean; signal?: AbortSignal | undefined },
): Promise<T> {
  for (let left = safe ? policy.retries : 0; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left <= 0 || !mayPass(error, policy)) throw error;
      await waitFor(error.retryAfterS, signal);
    }
  }
}

function mayPass(
  error: unknown,
  policy: RetryPolicy,
): error is PythonAgentError & { retryAfterS: number } {
  if (!(error instanceof PythonAgentError) || error.retryAfterS === undefined) return false;
  return [429, 503].includes(error.status ?? 0) && error.retryAfterS <= policy.longestRetryAfterS;
}

/**
 * Up to a tenth longer than asked, so that those who were refused together do not return together.
 */
async function waitFor(seconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(seconds * 1000 * (1 + Math.random() / 10), signal);
}

/** Ends early, with a PythonAgentError, when the signal does. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, signal ? { signal } : {});
  } catch (cause) {
    throw new PythonAgentError({ detail: "The call was aborted.", code: "aborted", cause });
  }
}
