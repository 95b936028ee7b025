/**
 * The router in a gateway of Express 4 and one of Express 5, before the real web server and
 * cluster.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import axios from "axios";
import express, { type Request } from "express";
// @ts-expect-error: the alias has no types of its own, and needs none
import express5 from "express5";
import { PythonAgentClient } from "../src/index.js";
import { pythonAgentRouter } from "../src/router.js";
import { acme, globex, moduleOf, NOWHERE, url } from "./installation.js";
import { serve } from "./servers.js";

const KEYS = new Map([
  [acme.id, acme.key],
  [globex.id, globex.key],
  ["with-a-bad-key", "abw_bad"],
]);

async function gatewayOf(t: TestContext, make: typeof express, baseUrl = url, timeoutMs = 60_000) {
  const router = pythonAgentRouter({
    requireAuth: (req, res, next) =>
      req.header("x-test-org") === undefined ? res.status(401).json({ message: "No" }) : next(),
    orgOf: (req: Request) => req.header("x-test-org") || undefined,
    apiKeyOf: async (orgId) => KEYS.get(orgId),
    clientFor: (apiKey) => new PythonAgentClient(apiKey, { baseUrl, timeoutMs }),
  });
  const gateway = await serve(t, make().use(make.json()).use(router));
  const caller = axios.create({ baseURL: gateway, validateStatus: () => true });
  return {
    health: () => caller.get("/api/python-agent/health"),
    execute: (
      module: string,
      body: unknown,
      headers: Record<string, string> = { "x-test-org": acme.id },
    ) => caller.post(`/api/modules/${encodeURIComponent(module)}/execute`, body, { headers }),
  };
}

for (const [version, make] of [
  ["4", express],
  ["5", express5 as typeof express],
] as const) {
  test(`Express ${version}: a module runs, by its row's id and by what python_module says`, async (t) => {
    const { execute } = await gatewayOf(t, make);
    for (const module of [moduleOf(acme, "echo"), "echo", "Acme echo"]) {
      const { status, data } = await execute(module, { inputData: { n: 1 } });
      assert.deepEqual([status, data.status, data.output], [200, "completed", { n: 1 }]);
    }
    const failed = await execute("failing_agent", { inputData: {} });
    assert.deepEqual([failed.status, failed.data.status], [200, "failed"]);
  });

  test(`Express ${version}: refusals keep their status and their reason`, async (t) => {
    const { execute } = await gatewayOf(t, make);
    const wrong = await execute("echo", { inputData: { sleep_s: "long" } });
    assert.deepEqual([wrong.status, wrong.data.code], [400, "invalid_input"]);
    assert.ok(wrong.data.message.length > 0);
    assert.equal((await execute("echo", {})).status, 400);
    assert.equal((await execute("no_such_module", { inputData: {} })).status, 404);
    assert.equal((await execute("../health", { inputData: {} })).status, 404);
  });

  test(`Express ${version}: who is not signed in, or has no key, gets nowhere`, async (t) => {
    const { execute } = await gatewayOf(t, make);
    assert.equal((await execute("echo", { inputData: {} }, {})).status, 401);
    assert.equal((await execute("echo", { inputData: {} }, { "x-test-org": "" })).status, 401);
    const keyless = await execute("echo", { inputData: {} }, { "x-test-org": "nobody" });
    assert.deepEqual([keyless.status, keyless.data], [400, { message: "No API key configured" }]);
  });
}

test("another organization's module and a missing one are the same answer", async (t) => {
  const { execute } = await gatewayOf(t, express);
  const foreign = await execute(moduleOf(globex, "echo"), { inputData: {} });
  const missing = await execute("no-such-id", { inputData: {} });
  assert.equal(foreign.status, 404);
  assert.deepEqual(foreign.data, missing.data);
});

test("what the body says about the organization is ignored", async (t) => {
  const { execute } = await gatewayOf(t, express);
  const body = { inputData: {}, orgId: globex.id, org_id: globex.id };
  const { data } = await execute("echo", body);
  const seen = await new PythonAgentClient(acme.key, { baseUrl: url }).getExecution(
    data.execution_id,
  );
  assert.equal(seen.module_id, moduleOf(acme, "echo"));
});

test("a task and an idempotency key are passed on; another organization's task is not found", async (t) => {
  const { execute } = await gatewayOf(t, express);
  const headers = { "x-test-org": acme.id, "Idempotency-Key": `router-${Date.now()}` };
  const body = { inputData: {}, taskId: acme.task };
  const [first, second] = [
    await execute("echo", body, headers),
    await execute("echo", body, headers),
  ];
  assert.equal(first.data.execution_id, second.data.execution_id);
  assert.equal((await execute("echo", { inputData: {}, taskId: globex.task })).status, 404);
});

test("a key that the service refuses is the gateway's trouble: 502, and no word about it", async (t) => {
  const { execute } = await gatewayOf(t, express);
  const { status, data } = await execute(
    "echo",
    { inputData: {} },
    { "x-test-org": "with-a-bad-key" },
  );
  assert.equal(status, 502);
  assert.doesNotMatch(JSON.stringify(data), /key/i);
});

test("health: 200 when it is well; 503 without addresses when nobody listens", async (t) => {
  const well = await (await gatewayOf(t, express)).health();
  assert.deepEqual(
    [well.status, well.data],
    [200, { status: "healthy", service: "python-agents" }],
  );
  const away = await gatewayOf(t, express, NOWHERE);
  const health = await away.health();
  assert.deepEqual([health.status, health.data], [503, { status: "unhealthy" }]);
  const { status, data } = await away.execute("echo", { inputData: {} });
  assert.deepEqual([status, data.code], [502, "bad_gateway"]);
  assert.doesNotMatch(JSON.stringify(data), /127\.0\.0\.1/);
});

test("a service that is silent is a 504", async (t) => {
  const silent = await serve(t, () => {});
  const { execute } = await gatewayOf(t, express, silent, 100);
  assert.equal((await execute("echo", { inputData: {} })).status, 504);
});
