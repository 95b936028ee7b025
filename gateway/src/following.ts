/** Waits for the end of an execution that takes longer than its call: over the stream, or by looking. */
import type { PythonAgentError } from "./errors.js";
import { sleep } from "./retries.js";
import type { Execution, ExecutionUpdate } from "./types.js";

/** What a client gives for it. */
interface Source {
  streamExecution(id: string, options: Ends): AsyncIterable<ExecutionUpdate>;
  getExecution(id: string, options: Ends): Promise<Execution>;
}
interface Ends {
  signal?: AbortSignal;
}

const LOOK_MS = 1_000;

export async function untilOver(
  source: Source,
  answer: Execution,
  options: Ends,
): Promise<Execution> {
  if (isOver(answer)) return answer;
  const id = answer.execution_id;
  try {
    for await (const update of source.streamExecution(id, options))
      if (update.type === "end") return update.execution;
  } catch (error) {
    if (!cannotStream(error as PythonAgentError)) throw error;
  }
  for (let found = answer; ; found = await source.getExecution(id, options)) {
    if (isOver(found)) return found;
    await sleep(LOOK_MS, options.signal);
  }
}

const isOver = ({ status }: Execution) => status === "completed" || status === "failed";
/** A server without an event loop (wsgi.py), or one from before streams. */
const cannotStream = ({ status, code }: PythonAgentError) => status === 406 || code === "not_found";
