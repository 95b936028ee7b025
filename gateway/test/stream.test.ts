/**
 * Updates as they happen, over the real service, with connections that are cut wherever it hurts.
 */
import assert from "node:assert/strict";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { type ExecutionUpdate, PythonAgentClient, type PythonAgentError } from "../src/index.js";
import { acme, globex, url } from "./installation.js";
import { until } from "./until.js";

const client = new PythonAgentClient(acme.key, { baseUrl: url });

async function start(lines: number): Promise<string> {
  const options = { respondAsync: true };
  return (await client.executeModule("chatter", acme.id, { lines }, options)).execution_id;
}

async function all(from: PythonAgentClient, id: string, options = {}): Promise<ExecutionUpdate[]> {
  const found: ExecutionUpdate[] = [];
  for await (const update of from.streamExecution(id, options)) found.push(update);
  return found;
}

const seqs = (updates: ExecutionUpdate[]) =>
  updates.flatMap((update) => (update.type === "event" ? [update.event.seq] : []));

/** A way to the service whose connections carry `limit()` bytes each, and are then cut. */
async function cutting(t: TestContext, limit: () => number) {
  const open = new Set<Socket>();
  const { hostname, port } = new URL(url);
  const proxy = createServer((near) => {
    const far = connect(Number(port), hostname);
    let left = limit();
    open.add(near);
    const end = () => {
      open.delete(near);
      near.destroy();
      far.destroy();
    };
    near
      .on("data", (chunk) => far.write(chunk))
      .on("close", end)
      .on("error", end);
    far.on("close", end).on("error", end);
    far.on("data", (chunk) => {
      near.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) near.end(end);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of open) socket.destroy();
    proxy.close();
  });
  const baseUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { client: new PythonAgentClient(acme.key, { baseUrl }), open };
}

test("events in order, then the end, which is the answer of POST /execute", async () => {
  const updates = await all(client, await start(20));
  const found = seqs(updates);
  assert.ok(found.length >= 20);
  assert.deepEqual(
    found,
    [...found].sort((a, b) => a - b),
  );
  const last = updates.at(-1);
  assert.equal(last?.type, "end");
  assert.deepEqual(last.execution.status, "completed");
  assert.equal(updates.filter(({ type }) => type === "end").length, 1);
  assert.ok(updates.some((update) => update.type === "state" && update.state.state === "done"));
});

test("cut again and again, nothing is missed and nothing comes twice", async (t) => {
  const id = await start(60);
  const expected = seqs(await all(client, id));
  let round = 0;
  const proxied = await cutting(t, () => 900 + 37 * (round += 1));
  assert.deepEqual(seqs(await all(proxied.client, id)), expected);
  assert.ok(round > 3, `it was cut ${round} times`);
});

test("afterSeq begins later", async () => {
  const id = await start(10);
  const whole = seqs(await all(client, id));
  assert.deepEqual(seqs(await all(client, id, { afterSeq: whole[4] })), whole.slice(5));
});

test("whoever stops listening closes the connection", async (t) => {
  const { client: proxied, open } = await cutting(t, () => Number.POSITIVE_INFINITY);
  const { execution_id: id } = await client.executeModule(
    "echo",
    acme.id,
    { sleep_s: 5 },
    { respondAsync: true },
  );
  for await (const _ of proxied.streamExecution(id)) break;
  await until(() => open.size === 0);
  await client.cancelExecution(id);
});

test("a signal ends it", async () => {
  const { execution_id: id } = await client.executeModule(
    "echo",
    acme.id,
    { sleep_s: 5 },
    { respondAsync: true },
  );
  const signal = AbortSignal.timeout(300);
  await assert.rejects(all(client, id, { signal }), { code: "aborted" });
  await client.cancelExecution(id);
});

test("a large output is read beside the stream", async () => {
  const text = "x".repeat(200_000);
  const options = { respondAsync: true, untilDone: true };
  const answer = await client.executeModule("echo", acme.id, { text }, options);
  assert.deepEqual(answer.output, { text });
});

test("another organization's execution and a missing one are refused at once, alike", async () => {
  const theirs = await new PythonAgentClient(globex.key, { baseUrl: url }).executeModule(
    "echo",
    globex.id,
    {},
  );
  for (const id of [theirs.execution_id, "no-such-id"])
    await assert.rejects(all(client, id), (error: PythonAgentError) => {
      assert.deepEqual([error.status, error.code], [404, "execution_not_found"]);
      return true;
    });
});
