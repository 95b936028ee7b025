/** Lists, batches, modules and agents of the real service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PythonAgentClient, type PythonAgentError } from "../src/index.js";
import { acme, globex, moduleOf, url } from "./installation.js";
import { until } from "./until.js";

const client = new PythonAgentClient(acme.key, { baseUrl: url });
const inputs = [{ n: 1 }, { n: 2 }, { n: 3 }];

test("a batch is accepted as a whole, in order, and once for one idempotency key", async () => {
  const options = { idempotencyKey: `batch-${Date.now()}`, taskId: acme.task };
  const ids = await client.executeBatch("echo", acme.id, inputs, options);
  assert.deepEqual(await client.executeBatch("echo", acme.id, inputs, options), ids);
  for (const [position, id] of ids.entries()) {
    await until(async () => (await client.getExecution(id)).status === "completed");
    assert.deepEqual((await client.getExecution(id)).output, inputs[position]);
  }
});

test("one input that does not fit refuses all of a batch, and is named", async () => {
  const before = await client.listExecutions({ limit: 1 });
  const wrong = client.executeBatch("echo", acme.id, [{ n: 1 }, { sleep_s: -1 }]);
  await assert.rejects(wrong, (error: PythonAgentError) => {
    assert.deepEqual([error.status, error.code], [400, "invalid_input"]);
    assert.deepEqual(Object.keys(error.errors ?? {}), ["inputs.1.sleep_s"]);
    return true;
  });
  assert.deepEqual(await client.listExecutions({ limit: 1 }), before);
});

test("pages lead through all executions, newest first, each once", async () => {
  const ids = await client.executeBatch(
    "flaky",
    acme.id,
    Array(5).fill({ fails: 0, how: "permanent" }),
  );
  const seen: string[] = [];
  let cursor: string | null | undefined;
  do {
    const filters = { module_id: "flaky", limit: 2, ...(cursor ? { cursor } : {}) };
    const page = await client.listExecutions(filters);
    assert.ok(page.executions.length <= 2);
    seen.push(...page.executions.map(({ execution_id }) => execution_id));
    cursor = page.next;
  } while (cursor);
  assert.deepEqual([...seen].sort(), [...ids].sort());
});

test("filters find what they say; a wrong one is named", async () => {
  const { execution_id } = await client.executeModule("failing_agent", acme.id, {}, acme.task);
  const filters = { status: "failed", outcome: "failed", task_id: acme.task } as const;
  const { executions } = await client.listExecutions(filters);
  assert.deepEqual(
    executions.map((entry) => [entry.execution_id, entry.error]),
    [[execution_id, "The shop is closed."]],
  );
  const wrong = client.listExecutions({ created_after: "yesterday" });
  await assert.rejects(wrong, (error: PythonAgentError) => {
    assert.deepEqual([error.status, Object.keys(error.errors ?? {})], [400, ["created_after"]]);
    return true;
  });
});

test("nothing of another organization's is in a list", async () => {
  const theirs = new PythonAgentClient(globex.key, { baseUrl: url });
  const { execution_id } = await theirs.executeModule("echo", globex.id, {});
  const { executions } = await client.listExecutions({ limit: 200 });
  assert.ok(executions.every((entry) => entry.execution_id !== execution_id));
  const { modules } = await client.getModules();
  assert.ok(modules.every((module) => !Object.values(globex.modules).includes(module.id)));
  await assert.rejects(client.getModule(moduleOf(globex, "echo")), { code: "module_not_found" });
});

test("modules come with what runs them; agents with their schemas", async () => {
  const { modules } = await client.getModules({ agent: "echo" });
  assert.deepEqual(
    modules.map(({ id, agent, runnable }) => [id, agent, runnable]),
    [[moduleOf(acme, "echo"), "echo", true]],
  );
  assert.equal((await client.getModule(moduleOf(acme, "echo"))).name, "Acme echo");
  const { agents } = await client.getAgents();
  const echo = agents.find(({ name }) => name === "echo");
  assert.ok(echo);
  assert.match(JSON.stringify(echo), /sleep_s/);
});
