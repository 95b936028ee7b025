/** The check of webhooks: an example that everybody agrees on, and what goes wrong. */
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { test } from "node:test";
import { type Delivery, verifyWebhook, WebhookVerificationError } from "../src/index.js";

const key = randomBytes(24);
const secret = `whsec_${key.toString("base64")}`;
const body = '{"type": "execution.completed", "data": {"execution_id": "x", "text": "Grüße"}}';

function delivery(changes: Partial<Delivery> = {}, headers: Record<string, string> = {}): Delivery {
  const timestamp = headers["webhook-timestamp"] ?? String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", key).update(`msg_1.${timestamp}.${body}`).digest("base64");
  const given = {
    "webhook-id": "msg_1",
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
    ...headers,
  };
  return { headers: given, body, secret, ...changes };
}

test("a signed delivery gives its id, its time and its payload", () => {
  const found = verifyWebhook<{ type: string }>(delivery());
  assert.equal(found.id, "msg_1");
  assert.equal(found.payload.type, "execution.completed");
  assert.ok(Math.abs(found.sentAt.getTime() - Date.now()) < 10_000);
  assert.deepEqual(verifyWebhook(delivery({ body: Buffer.from(body) })).payload, JSON.parse(body));
});

test("a signature that other implementations of Standard Webhooks make of the same message", () => {
  const found = verifyWebhook({
    headers: {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    body: '{"test": 2432232314}',
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    nowS: 1614265330,
  });
  assert.deepEqual(found.payload, { test: 2432232314 });
});

test("the names of headers may be written in any way", () => {
  const { headers, ...rest } = delivery();
  const upper = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toUpperCase(), v]));
  assert.equal(verifyWebhook({ headers: upper, ...rest }).id, "msg_1");
});

test("one of several signatures, or of several secrets, is enough", () => {
  const right = delivery().headers["webhook-signature"] as string;
  const several = delivery({}, { "webhook-signature": `v1a,other v1,${"A".repeat(43)}= ${right}` });
  assert.equal(verifyWebhook(several).id, "msg_1");
  const old = `whsec_${randomBytes(24).toString("base64")}`;
  assert.equal(verifyWebhook(delivery({ secret: [old, secret] })).id, "msg_1");
});

const wrong: [string, Delivery][] = [
  ["another body", delivery({ body: body.replace("x", "y") })],
  ["another secret", delivery({ secret: `whsec_${randomBytes(24).toString("base64")}` })],
  ["no secret", delivery({ secret: "whsec_" })],
  ["an old timestamp", delivery({}, { "webhook-timestamp": "1600000000" })],
  ["a timestamp of the future", delivery({}, { "webhook-timestamp": "4000000000" })],
  ["no number", delivery({}, { "webhook-timestamp": "soon" })],
  ["another version", delivery({}, { "webhook-signature": "v2,abc" })],
  ["no signature", delivery({ headers: { "webhook-id": "x", "webhook-timestamp": "1" } })],
];
for (const [what, given] of wrong)
  test(`refused: ${what}`, () => {
    assert.throws(() => verifyWebhook(given), WebhookVerificationError);
  });
