/** Webhooks of the real service, checked as a gateway does. */
import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { PythonAgentClient, verifyWebhook, type Webhook } from "../src/index.js";
import { acme, url } from "./installation.js";
import { serve } from "./servers.js";
import { until } from "./until.js";

const client = new PythonAgentClient(acme.key, { baseUrl: url });

test("the end of an execution arrives, signed; what was refused for the moment comes again", async (t) => {
  const came: Webhook[] = [];
  const webhookUrl = await serve(t, async (req, res) => {
    const body = await buffer(req);
    came.push(verifyWebhook({ headers: req.headers, body, secret: acme.webhookSecret }));
    res.writeHead(came.length === 1 ? 503 : 204, { "Retry-After": "0" }).end();
  });
  const options = { webhookUrl, webhookSecretName: "WEBHOOK", taskId: acme.task };
  const failed = await client.executeModule("failing_agent", acme.id, {}, options);
  await until(() => came.length > 1, 60);
  assert.equal(came[0]?.id, came[1]?.id);
  const { type, data } = came[1]!.payload;
  assert.equal(type, "execution.failed");
  assert.deepEqual(
    [data.execution_id, data.org_id, data.task_id, data.error],
    [failed.execution_id, acme.id, acme.task, "The shop is closed."],
  );
});
