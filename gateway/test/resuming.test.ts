/** When a stream is begun anew, and when not. The servers here misbehave as the real one seldom does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ExecutionUpdate, PythonAgentClient } from "../src/index.js";
import { serve } from "./servers.js";

async function all(from: PythonAgentClient, id: string, options = {}): Promise<ExecutionUpdate[]> {
  const found: ExecutionUpdate[] = [];
  for await (const update of from.streamExecution(id, options)) found.push(update);
  return found;
}

test("a server that stops, or is too busy, is asked again; one that forbids is not", async (t) => {
  const asked: unknown[] = [];
  const closing = async (code: number) => {
    const baseUrl = await serve(t, (req, res) => {
      asked.push(req.headers["last-event-id"]);
      res.writeHead(200, { "Content-Type": "text/event-stream" });
      if (asked.length > 1) return res.end('event: end\ndata: {"execution_id": "x"}\n\n');
      res.write('event: event\nid: 7\ndata: {"seq": 7}\n\n');
      return res.end(`event: close\ndata: {"code": ${code}, "reason": "Why."}\n\n`);
    });
    return new PythonAgentClient("", { baseUrl });
  };
  const updates = await all(await closing(1012), "x");
  assert.deepEqual(
    [updates.map(({ type }) => type), asked],
    [
      ["event", "end"],
      [undefined, "7"],
    ],
  );
  asked.length = 0;
  await assert.rejects(all(await closing(4401), "x"), { code: "closed_4401", detail: "Why." });
  assert.equal(asked.length, 1);
});

test("the time limit of a call is that of the first byte, not of the stream", async (t) => {
  let asked = 0;
  const silent = await serve(t, () => {
    asked += 1;
  });
  const hurried = (baseUrl: string) => new PythonAgentClient("", { baseUrl, timeoutMs: 200 });
  await assert.rejects(all(hurried(silent), "x", { attempts: 2 }), { code: "timeout" });
  assert.equal(asked, 2);
  const slow = await serve(t, (_req, res) => {
    res.writeHead(200, { "Content-Type": "text/event-stream" });
    res.write(": still here\n\n");
    setTimeout(() => res.end('event: end\ndata: {"execution_id": "x"}\n\n'), 600);
  });
  assert.deepEqual(
    (await all(hurried(slow), "x")).map(({ type }) => type),
    ["end"],
  );
});

test("a service that stays away is given up after the last attempt", async (t) => {
  let asked = 0;
  const baseUrl = await serve(t, (_req, res) => {
    asked += 1;
    res.writeHead(503).end('{"detail": "Away.", "code": "database_unavailable"}');
  });
  const away = new PythonAgentClient("", { baseUrl });
  await assert.rejects(all(away, "x", { attempts: 2 }), { code: "database_unavailable" });
  assert.equal(asked, 2);
});
