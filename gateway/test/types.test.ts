/** src/api.ts is what openapi.json says; `npm run types` makes it so. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";

test("the types are those of the service's OpenAPI file", async () => {
  const command = ["node_modules/openapi-typescript/bin/cli.js", "../openapi.json"];
  const { stdout } = await promisify(execFile)(process.execPath, command, { maxBuffer: 1e8 });
  assert.equal(readFileSync("src/api.ts", "utf8"), stdout, "run npm run types");
});
