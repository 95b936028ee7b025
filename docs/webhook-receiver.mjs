// A receiver of webhooks. SECRET=whsec_… PORT=8090 node webhook-receiver.mjs
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";

const { SECRET, PORT = 8090 } = process.env;
const key = Buffer.from(SECRET.replace(/^whsec_/, ""), "base64");
const seen = new Set(); // yours: a table, with the change that the delivery makes

function isSigned({ "webhook-id": id, "webhook-timestamp": time, "webhook-signature": given = "" }, body) {
  if (!(Math.abs(Date.now() / 1000 - time) <= 300)) return false;
  const ours = createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest();
  return given.split(" ").map((text) => Buffer.from(text.replace(/^v1,/, ""), "base64"))
    .some((theirs) => theirs.length === ours.length && timingSafeEqual(theirs, ours));
}

createServer(async (request, response) => {
  const body = await buffer(request);
  if (!isSigned(request.headers, body)) return response.writeHead(401).end();
  const { type, data } = JSON.parse(body);
  if (!seen.has(request.headers["webhook-id"])) console.log(type, data.execution_id);
  seen.add(request.headers["webhook-id"]); // a repeat is answered like the first
  response.writeHead(204).end();
}).listen(PORT, "127.0.0.1", () => console.log(`listening on ${PORT}`));
