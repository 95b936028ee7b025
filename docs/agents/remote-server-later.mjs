// The same, answering later, and with errors. SIGNING_KEY=… PORT=8080 node remote-server-later.mjs
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";

const { SIGNING_KEY, PORT = 8080 } = process.env;
const now = () => Math.floor(Date.now() / 1000);
const hmac = (time, body) => createHmac("sha256", SIGNING_KEY).update(`${time}.`).update(body);
const sign = (time, body) => `v1=${hmac(time, body).digest("hex")}`;

function isSigned({ headers }, body) {
  const time = headers["x-platform-timestamp"];
  const [given, right] = [headers["x-platform-signature"] ?? "", sign(time, body)].map(Buffer.from);
  const recent = Math.abs(now() - time) <= 300;
  return recent && given.length === right.length && timingSafeEqual(given, right);
}

async function work(run) { // yours: return an output, or throw an error with a message for people
  if (typeof run.input_data.text !== "string") throw new Error("text is missing");
  return { shouted: run.input_data.text.toUpperCase() };
}

const answer = (run) => work(run).then(
  (output) => JSON.stringify({ status: "completed", output }),
  (error) => JSON.stringify({ status: "failed", error: error.message }),
);

async function answerLater(run) {
  const [time, body] = [now(), await answer(run)];
  const signed = { "X-Platform-Timestamp": time, "X-Platform-Signature": sign(time, body) };
  const headers = { ...signed, "Content-Type": "application/json" };
  await fetch(run.callback_url, { method: "POST", headers, body });
}

createServer(async (request, response) => {
  const body = await buffer(request);
  if (!isSigned(request, body)) return response.writeHead(401).end('{"error": "bad signature"}');
  const run = JSON.parse(body);
  if (!run.config?.later || !run.callback_url) return response.end(await answer(run));
  response.writeHead(202).end(); // before the work: it may take as long as the module's timeout
  answerLater(run).catch(console.error);
}).listen(PORT, "127.0.0.1", () => console.log(`listening on ${PORT}`));
