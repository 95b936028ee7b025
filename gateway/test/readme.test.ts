/** The README shows the files of examples/ to the letter, and each of them does what it is for. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import axios from "axios";
import { getTableConfig } from "drizzle-orm/pg-core";
import { acme, url } from "./installation.js";
import { serve } from "./servers.js";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const env = {
  PYTHON_AGENT_URL: url,
  API_KEY: acme.key,
  ORG_ID: acme.id,
  WEBHOOK_SECRET: SECRET,
};
Object.assign(process.env, env); // for the examples that are imported

const example = (name: string) => new URL(`../examples/${name}.js`, import.meta.url);
const imported = async (name: string): Promise<any> => import(example(name).href);

async function said(name: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [example(name).pathname], { env });
  return stdout.trimEnd().split("\n");
}

test("every snippet is a file of examples/, and every file but yours.ts is shown", () => {
  const readme = readFileSync("README.md", "utf8");
  const shown = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]);
  const files = readdirSync("examples").filter((name) => name !== "yours.ts");
  assert.deepEqual(
    shown.sort(),
    files.map((name) => readFileSync(`examples/${name}`, "utf8")).sort(),
  );
});

test("execute", async () => {
  assert.deepEqual(await said("execute"), [
    "{ text: 'hello' }",
    "404 module_not_found No such module in this organization.",
  ]);
});

test("long", async () => {
  assert.deepEqual(await said("long"), ["completed"]);
});

test("follow", async () => {
  assert.deepEqual(await said("follow"), ["log started", "progress all done", "end completed"]);
});

test("routes", async (t) => {
  const gateway = await serve(t, (await imported("routes")).app);
  const execute = (authorization: string) =>
    axios.post(
      `${gateway}/api/modules/echo/execute`,
      { inputData: { n: 1 } },
      { headers: { authorization }, validateStatus: () => true },
    );
  assert.deepEqual((await execute("Bearer of-a-user")).data.output, { n: 1 });
  assert.equal((await execute("")).status, 401);
  assert.equal((await axios.get(`${gateway}/api/python-agent/health`)).data.status, "healthy");
});

test("webhooks", async (t) => {
  const hooks = `${await serve(t, (await imported("webhooks")).app)}/api/hooks/executions`;
  const { handled } = await imported("yours");
  const body = '{"type": "execution.completed"}';
  const time = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", Buffer.from(SECRET.slice(6), "base64"))
    .update(`msg_1.${time}.${body}`)
    .digest("base64");
  const deliver = (text: string) =>
    axios.post(hooks, text, {
      headers: {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": time,
        "webhook-signature": `v1,${signature}`,
      },
      validateStatus: () => true,
    });
  assert.equal((await deliver(body)).status, 204);
  assert.equal((await deliver(body.replace("completed", "failed"))).status, 400);
  assert.deepEqual(handled, [["msg_1", { type: "execution.completed" }]]);
});

test("schema", async () => {
  const { modules, moduleExecutions, tasks } = await imported("schema");
  const indexes = [modules, moduleExecutions, tasks].flatMap(
    (table) => getTableConfig(table).indexes,
  );
  assert.equal(indexes.length, 7);
});
