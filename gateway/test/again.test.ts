/** Running an execution again, on the real service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PythonAgentClient } from "../src/index.js";
import { acme, globex, url } from "./installation.js";

const client = new PythonAgentClient(acme.key, { baseUrl: url });

test("an execution runs again as another one, with its input or an edited one", async () => {
  const first = await client.executeModule("echo", acme.id, { n: 1 });
  const again = await client.retryExecution(first.execution_id);
  assert.notEqual(again.execution_id, first.execution_id);
  assert.deepEqual([again.status, again.output], ["completed", { n: 1 }]);
  const edited = await client.retryExecution(first.execution_id, {
    inputData: { n: 2 },
    config: "current",
  });
  assert.deepEqual(edited.output, { n: 2 });
  const { run } = await client.getExecution(edited.execution_id);
  assert.equal(run?.retry_of, first.execution_id);
});

test("the options of executeModule hold here, too", async () => {
  const { execution_id: id } = await client.executeModule("echo", acme.id, { sleep_s: 0.5 });
  const options = { respondAsync: true, idempotencyKey: `again-${Date.now()}` };
  const accepted = await client.retryExecution(id, options);
  assert.equal(accepted.status, "pending");
  const done = await client.retryExecution(id, { ...options, untilDone: true });
  assert.deepEqual([done.execution_id, done.status], [accepted.execution_id, "completed"]);
});

test("what runs still, and what is another organization's, is refused", async () => {
  const { execution_id: id } = await client.executeModule(
    "echo",
    acme.id,
    { sleep_s: 30 },
    { respondAsync: true },
  );
  await assert.rejects(client.retryExecution(id), { status: 409 });
  await client.cancelExecution(id);
  const theirs = new PythonAgentClient(globex.key, { baseUrl: url });
  await assert.rejects(theirs.retryExecution(id), { status: 404, code: "execution_not_found" });
});
