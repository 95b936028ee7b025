/** Server-sent events, cut at every byte. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ServerSentEvent, serverSentEvents } from "../src/sse.js";

const TEXT =
  'retry: 2000\n\n: still here\n\nevent: event\nid: 7\ndata: {"m": "Grüße 🎉"}\n\n' +
  "data: one\r\ndata:two\r\n\r\nevent: end\rdata: {}\r\rdata: cut off";
const EXPECTED = [
  { event: "", data: "still here", id: undefined },
  { event: "event", data: '{"m": "Grüße 🎉"}', id: "7" },
  { event: "message", data: "one\ntwo", id: undefined },
  { event: "end", data: "{}", id: undefined },
];

async function read(...chunks: Uint8Array[]): Promise<ServerSentEvent[]> {
  const found: ServerSentEvent[] = [];
  async function* given() {
    yield* chunks;
  }
  for await (const event of serverSentEvents(given())) found.push(event);
  return found;
}

test("events, comments and all ends of lines", async () => {
  assert.deepEqual(await read(Buffer.from(TEXT)), EXPECTED);
});

test("the same, wherever the bytes are cut", async () => {
  const bytes = Buffer.from(TEXT);
  for (let cut = 1; cut < bytes.length; cut += 1)
    assert.deepEqual(
      await read(bytes.subarray(0, cut), bytes.subarray(cut)),
      EXPECTED,
      `at ${cut}`,
    );
});
