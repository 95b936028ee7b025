/** The client against the real web server and cluster. */
import assert from "node:assert/strict";
import { test } from "node:test";
import axios from "axios";
import { PythonAgentClient, PythonAgentError } from "../src/index.js";
import { acme, globex, moduleOf, NOWHERE, url } from "./installation.js";
import { serve } from "./servers.js";
import { until } from "./until.js";

const client = new PythonAgentClient(acme.key, { baseUrl: url });
const echo = (input: unknown, options = {}) =>
  client.executeModule("echo", acme.id, input, options);

async function refusal(call: Promise<unknown>): Promise<PythonAgentError> {
  const error = await call.then(
    () => assert.fail("expected a refusal"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PythonAgentError, String(error));
  return error;
}

test("it is a drop-in for the guide's client: same arguments, same four fields", async () => {
  for (const module of ["echo", moduleOf(acme, "echo")]) {
    const answer = await client.executeModule(module, acme.id, { n: 1 }, acme.task);
    const { execution_id, ...rest } = answer;
    assert.deepEqual(rest, { status: "completed", output: { n: 1 }, error: null });
    assert.equal((await client.getExecution(execution_id)).task_id, acme.task);
  }
  const failed = await client.executeModule("failing_agent", acme.id, {});
  assert.deepEqual([failed.status, failed.error], ["failed", "The shop is closed."]);
});

test("the address comes from PYTHON_AGENT_URL when none is given", async () => {
  process.env.PYTHON_AGENT_URL = `${url}/`;
  const answer = await new PythonAgentClient(acme.key).executeModule("echo", acme.id, {});
  assert.equal(answer.status, "completed");
});

test("respondAsync does not wait; untilDone follows to the end", async () => {
  const accepted = await echo({ sleep_s: 1 }, { respondAsync: true });
  assert.equal(accepted.status, "pending");
  const followed = await echo({ sleep_s: 1, n: 2 }, { respondAsync: true, untilDone: true });
  assert.deepEqual(followed.output, { sleep_s: 1, n: 2 });
  const short = await echo({ sleep_s: 2, n: 3 }, { waitSeconds: 1 });
  assert.ok(["pending", "running"].includes(short.status));
  const long = await echo({ sleep_s: 2, n: 4 }, { waitSeconds: 1, untilDone: true });
  assert.deepEqual([long.status, long.output], ["completed", { sleep_s: 2, n: 4 }]);
});

test("untilDone tells a failure as any other answer", async () => {
  const options = { respondAsync: true, untilDone: true };
  const answer = await client.executeModule("failing_agent", acme.id, {}, options);
  assert.deepEqual(
    [answer.status, answer.output, answer.error],
    ["failed", null, "The shop is closed."],
  );
});

test("a signal ends the following, not the execution", async () => {
  const ends = new AbortController();
  const options = {
    respondAsync: true,
    idempotencyKey: "ends",
    untilDone: true,
    signal: ends.signal,
  };
  const call = echo({ sleep_s: 1.5 }, options);
  setTimeout(() => ends.abort(), 300);
  assert.equal((await refusal(call)).code, "aborted");
  const again = await echo({ sleep_s: 1.5 }, { idempotencyKey: "ends", untilDone: true });
  assert.equal(again.status, "completed");
});

test("an idempotency key makes one execution of many calls", async () => {
  const options = { idempotencyKey: `once-${Date.now()}` };
  const answers = await Promise.all(Array.from({ length: 5 }, () => echo({ n: 5 }, options)));
  assert.equal(new Set(answers.map(({ execution_id }) => execution_id)).size, 1);
  const other = await refusal(echo({ n: 6 }, options));
  assert.deepEqual([other.status, other.code], [409, "idempotency_conflict"]);
});

test("a refusal says what, in words and codes, and names fields", async () => {
  const wrong = await refusal(echo("no object"));
  assert.deepEqual([wrong.status, wrong.code], [400, "invalid_request"]);
  assert.deepEqual(Object.keys(wrong.errors ?? {}), ["input_data"]);
  const input = await refusal(echo({ sleep_s: -1 }));
  assert.deepEqual([input.status, input.code], [400, "invalid_input"]);
  const missing = await refusal(client.executeModule("no_such", acme.id, {}));
  assert.deepEqual([missing.status, missing.code], [404, "module_not_found"]);
  assert.equal(missing.message, `Python agent execution failed: ${missing.detail}`);
  const key = await refusal(
    new PythonAgentClient("abw_wrong", { baseUrl: url }).executeModule("echo", acme.id, {}),
  );
  assert.deepEqual([key.status, key.code], [401, "invalid_api_key"]);
});

test("what is another organization's does not exist", async () => {
  const theirs = new PythonAgentClient(globex.key, { baseUrl: url });
  const { execution_id } = await theirs.executeModule("echo", globex.id, {});
  for (const id of [execution_id, "no-such-id"]) {
    assert.equal((await refusal(client.getExecution(id))).code, "execution_not_found");
    assert.equal((await refusal(client.cancelExecution(id))).code, "execution_not_found");
  }
  const module = client.executeModule(moduleOf(globex, "echo"), acme.id, {});
  assert.equal((await refusal(module)).code, "module_not_found");
  assert.equal((await refusal(client.executeModule("echo", globex.id, {}))).status, 403);
});

test("an id is one part of the address, whatever is in it", async () => {
  assert.equal((await refusal(client.getExecution("../health"))).status, 404);
  assert.equal((await refusal(client.getExecution("a/b?c"))).status, 404);
});

test("cancel ends what runs; what has ended is a 409", async () => {
  const { execution_id } = await echo({ sleep_s: 30 }, { respondAsync: true });
  await client.cancelExecution(execution_id);
  await until(async () => (await client.getExecution(execution_id)).status === "failed");
  const late = await refusal(client.cancelExecution(execution_id));
  assert.deepEqual([late.status, late.code], [409, "already_finished"]);
});

test("health never throws", async () => {
  assert.deepEqual(await client.healthCheck(), { status: "healthy", service: "python-agents" });
  const away = await new PythonAgentClient("", { baseUrl: NOWHERE }).healthCheck();
  assert.equal(away.status, "unhealthy");
  assert.match(away.error ?? "", /ECONNREFUSED/);
});

test("waiting no time at all has a time limit all the same", async (t) => {
  const silent = await serve(t, () => {});
  const hurried = new PythonAgentClient(acme.key, { baseUrl: silent, timeoutMs: 100 });
  const call = hurried.executeModule("echo", acme.id, {}, { waitSeconds: 0 });
  assert.equal((await refusal(call)).code, "timeout");
});

test("no answer is an error of its own: unreachable, timeout, not JSON", async (t) => {
  const at = (baseUrl: string, more = {}) => new PythonAgentClient(acme.key, { baseUrl, ...more });
  const nobody = await refusal(at(NOWHERE).executeModule("echo", acme.id, {}));
  assert.deepEqual([nobody.code, nobody.status], ["unreachable", undefined]);
  const silent = await serve(t, () => {});
  const late = at(silent, { timeoutMs: 100 }).executeModule("echo", acme.id, {});
  assert.equal((await refusal(late)).code, "timeout");
  const page = await serve(t, (_req, res) => res.end("<h1>A proxy</h1>"));
  assert.equal((await refusal(at(page).getExecution("x"))).code, "unexpected_answer");
  const broken = await serve(t, (_req, res) => res.writeHead(502).end("<h1>Bad gateway</h1>"));
  const proxy = await refusal(at(broken).getExecution("x"));
  assert.deepEqual([proxy.status, proxy.code], [502, "unexpected_answer"]);
});

test("a key is never sent on to another address", async (t) => {
  const keys: unknown[] = [];
  const elsewhere = await serve(t, (req, res) => {
    keys.push(req.headers["x-api-key"]);
    res.end("{}");
  });
  const moved = await serve(t, (_req, res) => res.writeHead(307, { Location: elsewhere }).end());
  await refusal(new PythonAgentClient(acme.key, { baseUrl: moved }).getExecution("x"));
  assert.deepEqual(keys, []);
});

test("an axios of the gateway's own is used, with its interceptors", async () => {
  const seen: string[] = [];
  const own = axios.create();
  own.interceptors.request.use((config) => {
    seen.push(`${config.method} ${config.url}`);
    return config;
  });
  await new PythonAgentClient(acme.key, { baseUrl: url, axios: own }).healthCheck();
  assert.deepEqual(seen, ["get /health"]);
});
