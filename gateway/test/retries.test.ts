/**
 * What is repeated, and what never is. The real service refuses seldom, so a server here refuses as
 * it would.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { PythonAgentClient, type PythonAgentError } from "../src/index.js";
import { serve } from "./servers.js";

interface Refusing {
  client: PythonAgentClient;
  /** Idempotency keys of the calls that came. */
  calls: unknown[];
}

/** Refuses the first `times` calls, then answers. */
async function refusing(
  t: TestContext,
  {
    times,
    status = 429,
    retryAfter = "0",
  }: { times: number; status?: number; retryAfter?: string },
): Promise<Refusing> {
  const calls: unknown[] = [];
  const baseUrl = await serve(t, (req, res) => {
    calls.push(req.headers["idempotency-key"]);
    if (calls.length > times) {
      res.end('{"execution_id": "x", "status": "completed", "output": 1, "error": null}');
      return;
    }
    res.writeHead(status, retryAfter ? { "Retry-After": retryAfter } : {});
    res.end('{"detail": "Come again.", "code": "rate_limited"}');
  });
  return { client: new PythonAgentClient("abw_x", { baseUrl }), calls };
}

const execute = (client: PythonAgentClient, options = {}) =>
  client.executeModule("echo", "acme", {}, options);

for (const status of [429, 503])
  test(`a ${status} with Retry-After is repeated when the call has an idempotency key`, async (t) => {
    const { client, calls } = await refusing(t, { times: 2, status });
    const answer = await execute(client, { idempotencyKey: "k" });
    assert.equal(answer.output, 1);
    assert.deepEqual(calls, ["k", "k", "k"]);
  });

test("what only reads is repeated, too", async (t) => {
  const { client, calls } = await refusing(t, { times: 1, status: 503 });
  assert.equal((await client.getExecution("x")).output, 1);
  assert.equal(calls.length, 2);
});

test("at last the refusal is thrown, with when to come again", async (t) => {
  const { client, calls } = await refusing(t, { times: 9 });
  await assert.rejects(execute(client, { idempotencyKey: "k" }), (error: PythonAgentError) => {
    assert.deepEqual([error.status, error.code, error.retryAfterS], [429, "rate_limited", 0]);
    return true;
  });
  assert.equal(calls.length, 3);
});

const once: [string, { status?: number; retryAfter?: string }, object][] = [
  ["a call without an idempotency key", {}, {}],
  ["a refusal that does not say when to come again", { retryAfter: "" }, { idempotencyKey: "k" }],
  ["a Retry-After that is longer than one waits", { retryAfter: "600" }, { idempotencyKey: "k" }],
  ["any other refusal", { status: 409 }, { idempotencyKey: "k" }],
];
for (const [what, refusal, options] of once)
  test(`not repeated: ${what}`, async (t) => {
    const { client, calls } = await refusing(t, { times: 1, ...refusal });
    await assert.rejects(execute(client, options));
    assert.equal(calls.length, 1);
  });

test("a signal ends the waiting", async (t) => {
  const { client, calls } = await refusing(t, { times: 1, retryAfter: "20" });
  const signal = AbortSignal.timeout(100);
  await assert.rejects(execute(client, { idempotencyKey: "k", signal }), { code: "aborted" });
  assert.equal(calls.length, 1);
});
