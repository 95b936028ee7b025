/** Server-sent events out of the bytes of an answer. Knows nothing of executions. */

export interface ServerSentEvent {
  event: string;
  data: string;
  id: string | undefined;
}

/** Comments, such as heartbeats, come as events named "". What the end cuts off is dropped. */
export async function* serverSentEvents(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  let block: string[] = [];
  for await (const line of lines(chunks)) {
    if (line.startsWith(":")) yield { event: "", data: line.slice(1).trim(), id: undefined };
    else if (line !== "") block.push(line);
    else {
      if (block.some((field) => field.startsWith("data"))) yield eventOf(block);
      block = [];
    }
  }
}

/** Whole lines, without their ends: CR, LF or both. */
async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let open = "";
  for await (const chunk of chunks) {
    const parts = (open + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    open = parts.pop() ?? "";
    yield* parts;
  }
}

function eventOf(block: string[]): ServerSentEvent {
  const found = { event: "message", data: [] as string[], id: undefined as string | undefined };
  for (const line of block) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") found.data.push(value);
    if (name === "event") found.event = value;
    if (name === "id") found.id = value;
  }
  return { ...found, data: found.data.join("\n") };
}
