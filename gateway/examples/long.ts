import { PythonAgentClient } from "@platform-agents/gateway";

const { API_KEY = "", ORG_ID = "" } = process.env;
const client = new PythonAgentClient(API_KEY);

// Repeatable, so that it may be sent again after a 429, a 503 or a restart of the gateway's own.
const answer = await client.executeModule(
  "echo",
  ORG_ID,
  { sleep_s: 2 },
  {
    idempotencyKey: "order-4711",
    respondAsync: true,
    untilDone: true,
    signal: AbortSignal.timeout(10 * 60_000),
  },
);
console.log(answer.status);
