/**
 * An execution's updates as they happen, over server-sent events. A connection that breaks or stays
 * silent is made anew after the last event that came, so nothing is missed and no event comes
 * twice.
 */
import type { Readable } from "node:stream";
import { failureOf, PythonAgentError } from "./errors.js";
import type { Http } from "./http.js";
import { sleep } from "./retries.js";
import { type ServerSentEvent, serverSentEvents } from "./sse.js";
import type { Execution, ExecutionEvent, ExecutionState, ExecutionUpdate } from "./types.js";

export interface StreamOptions {
  signal?: AbortSignal;
  /** Events after this one only; 0 or nothing: all. */
  afterSeq?: number;
  /** Connections in a row that bring nothing, until the last error is thrown. */
  attempts?: number;
}

/** The service says that it is still there every 15 s. */
const SILENCE_MS = 45_000;
const LONGEST_PAUSE_MS = 5_000;
/** After these another connection goes on: an error, a stop, try later, too slow, too many. */
const PASSING = new Set([1011, 1012, 1013, 4408, 4429]);

export async function* executionUpdates(
  http: Http,
  executionId: string,
  options: StreamOptions = {},
): AsyncGenerator<ExecutionUpdate> {
  const { signal, attempts = 10 } = options;
  let seq = options.afterSeq ?? 0;
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const update of connection(http, executionId, seq, signal)) {
        failures = 0;
        if (update.type === "event") seq = update.event.seq;
        yield update;
        if (update.type === "end") return;
      }
    } catch (error) {
      if (signal?.aborted || !mayPass(error) || failures + 1 >= attempts) throw failureOf(error);
    }
    await sleep(Math.min(LONGEST_PAUSE_MS, 200 * 2 ** failures), signal);
  }
}

/** One connection, until it ends in whatever way. */
async function* connection(
  http: Http,
  executionId: string,
  afterSeq: number,
  signal?: AbortSignal,
): AsyncGenerator<ExecutionUpdate> {
  const body = await http.stream({
    method: "GET",
    path: `/executions/${encodeURIComponent(executionId)}/events`,
    headers: {
      Accept: "text/event-stream",
      ...(afterSeq ? { "Last-Event-ID": `${afterSeq}` } : {}),
    },
    signal,
  });
  const silence = watchFor(body);
  try {
    for await (const sent of serverSentEvents(silence.heard())) {
      const update = updateOf(sent);
      if (update) yield update;
    }
  } finally {
    silence.stop();
    body.destroy();
  }
}

/** Breaks the connection off when nothing comes for too long. */
function watchFor(body: Readable) {
  const breakOff = () => body.destroy(new Error("The stream was silent for too long."));
  const timer = setTimeout(breakOff, SILENCE_MS);
  return {
    stop: () => clearTimeout(timer),
    async *heard(): AsyncGenerator<Uint8Array> {
      for await (const chunk of body) {
        timer.refresh();
        yield chunk as Uint8Array;
      }
    },
  };
}

function updateOf({ event, data }: ServerSentEvent): ExecutionUpdate | undefined {
  switch (event) {
    case "event":
      return { type: "event", event: JSON.parse(data) as ExecutionEvent };
    case "state":
      return { type: "state", state: JSON.parse(data) as ExecutionState };
    case "end":
      return { type: "end", execution: JSON.parse(data) as Execution };
    case "close":
      throw closed(JSON.parse(data) as { code: number; reason: string });
    default:
      return undefined; // heartbeats, and what a later version may send
  }
}

function closed({ code, reason }: { code: number; reason: string }): PythonAgentError {
  return new PythonAgentError({ detail: reason, code: `closed_${code}` });
}

/**
 * No answer, a server in trouble, or a close that says to come again; not: no such execution, no
 * key.
 */
function mayPass(error: unknown): boolean {
  const { code, status } = failureOf(error);
  if (code.startsWith("closed_")) return PASSING.has(Number(code.slice("closed_".length)));
  return status === undefined || status === 429 || status >= 500;
}
