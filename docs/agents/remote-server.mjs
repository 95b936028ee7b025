// A server for modules with an endpoint. SIGNING_KEY=… PORT=8080 node remote-server.mjs
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";

const { SIGNING_KEY, PORT = 8080 } = process.env;

function isSigned({ "x-platform-timestamp": time, "x-platform-signature": given = "" }, body) {
  const hmac = createHmac("sha256", SIGNING_KEY).update(`${time}.`).update(body).digest("hex");
  const [theirs, ours] = [Buffer.from(given), Buffer.from(`v1=${hmac}`)];
  const recent = Math.abs(Date.now() / 1000 - time) <= 300;
  return recent && theirs.length === ours.length && timingSafeEqual(theirs, ours);
}

createServer(async (request, response) => {
  const body = await buffer(request);
  if (!isSigned(request.headers, body)) return response.writeHead(401).end('{"error": "bad signature"}');
  const { text = "" } = JSON.parse(body).input_data;
  response.end(JSON.stringify({ output: { shouted: String(text).toUpperCase() } }));
}).listen(PORT, "127.0.0.1", () => console.log(`listening on ${PORT}`));
