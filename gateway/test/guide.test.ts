/** A gateway that followed the guide to the letter, against the real web server and cluster. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import axios from "axios";
import express from "express";
import { PythonAgentClient } from "./guide/python-agent-client.js";
import { type AuthRequest, registerRoutes } from "./guide/routes.js";
import { acme, globex, moduleOf, NOWHERE, type Tenant, url } from "./installation.js";
import { serve } from "./servers.js";

beforeEach(() => {
  process.env.PYTHON_AGENT_URL = url;
});

const client = (tenant: Tenant) => new PythonAgentClient(tenant.key);

test("the four fields come back, whether python_module is sent or a row id", async () => {
  for (const module of ["echo", moduleOf(acme, "echo"), "Acme echo"]) {
    const answer = await client(acme).executeModule(module, acme.id, { n: 1 });
    assert.deepEqual(Object.keys(answer).sort(), ["error", "execution_id", "output", "status"]);
    assert.equal(answer.status, "completed");
    assert.deepEqual(answer.output, { n: 1 });
    assert.equal(answer.error, null);
    assert.ok(answer.execution_id.length > 0);
  }
});

test("a task may be named or not", async () => {
  const answer = await client(acme).executeModule("echo", acme.id, {}, acme.task);
  assert.equal(answer.status, "completed");
});

test("an agent written as the guide shows works; one that fails is a 200 with status failed", async () => {
  const shout = await client(acme).executeModule("agents.shout_agent", acme.id, { text: "hi" });
  assert.deepEqual(shout.output, { text: "HI!" });
  const failed = await client(acme).executeModule("failing_agent", acme.id, {});
  assert.equal(failed.status, "failed");
  assert.equal(failed.error, "The shop is closed.");
  assert.equal(failed.output, null);
});

test("refusals throw the sentence that the guide's code makes of them", async () => {
  const refused = (status: number) => ({
    message: `Python agent execution failed: Request failed with status code ${status}`,
  });
  const execute = (tenant: Tenant, module: string, org: Tenant, input: unknown) =>
    client(tenant).executeModule(module, org.id, input);
  await assert.rejects(execute(acme, "no_such_module", acme, {}), refused(404));
  await assert.rejects(execute(acme, moduleOf(globex, "echo"), acme, {}), refused(404));
  await assert.rejects(execute(acme, "echo", globex, {}), refused(403));
  await assert.rejects(execute(acme, "echo", acme, "no object"), refused(400));
  await assert.rejects(execute({ ...acme, key: "abw_wrong" }, "echo", acme, {}), refused(401));
});

test("health: healthy as the guide has it, unhealthy when nobody listens", async () => {
  assert.deepEqual(await client(acme).healthCheck(), {
    status: "healthy",
    service: "python-agents",
  });
  process.env.PYTHON_AGENT_URL = NOWHERE;
  const away = await client(acme).healthCheck();
  assert.equal(away.status, "unhealthy");
  assert.match(away.error, /ECONNREFUSED/);
  await assert.rejects(client(acme).executeModule("echo", acme.id, {}), {
    message: /^Python agent execution failed: connect ECONNREFUSED/,
  });
});

test("the route POST /api/modules/:id/execute runs a module by its row id, for its own organization", async (t) => {
  const app = express().use(express.json());
  const keys = new Map([acme, globex].map(({ id, key }) => [id, [{ key }]]));
  registerRoutes(
    app,
    (req: AuthRequest, _res, next) => {
      req.user = { orgId: req.header("x-test-org") ?? "" };
      next();
    },
    { getAllApiKeys: async (orgId) => keys.get(orgId) ?? [] },
  );
  const gateway = await serve(t, app);
  const execute = (module: string, orgId: string) =>
    axios.post(
      `${gateway}/api/modules/${module}/execute`,
      { inputData: { n: 2 } },
      { headers: { "x-test-org": orgId }, validateStatus: () => true },
    );

  for (const module of [moduleOf(acme, "echo"), "echo"]) {
    const answer = await execute(module, acme.id);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.data.output, { n: 2 });
  }
  const foreign = await execute(moduleOf(globex, "echo"), acme.id);
  assert.equal(foreign.status, 500);
  assert.match(foreign.data.message, /^Python agent execution failed: .* 404$/);
  assert.equal((await execute("echo", "nobody")).status, 400);
});
