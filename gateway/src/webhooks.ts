/**
 * Checks that a webhook came from the Python side and is recent (Standard Webhooks, symmetric
 * signatures).
 */
import { createHmac, timingSafeEqual } from "node:crypto";

const PREFIX = "whsec_";
const TOLERANCE_S = 5 * 60;

export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
}

/** What the service sends when an execution has ended. `type` ends with the outcome. */
export interface ExecutionEnded {
  type: `execution.${"completed" | "failed" | "timed_out" | "cancelled" | "lost"}`;
  timestamp: string;
  data: {
    execution_id: string;
    org_id: string;
    module_id: string;
    task_id: string | null;
    status: "completed" | "failed";
    outcome: string;
    error: string | null;
    /** null, and `output_omitted` true, when it is large: read the execution. */
    output: unknown;
    output_omitted: boolean;
    started_at: string | null;
    completed_at: string | null;
  };
}

export interface Webhook<Payload = ExecutionEnded> {
  /** The same over all attempts to deliver: drop what you have had. */
  id: string;
  sentAt: Date;
  payload: Payload;
}

export interface Delivery {
  headers: Record<string, string | string[] | undefined>;
  /**
   * The bytes as they came (`express.raw`): JSON that was parsed and written again is not what was
   * signed.
   */
  body: string | Uint8Array;
  /** `whsec_…`; several while one is being replaced. */
  secret: string | string[];
  toleranceS?: number;
  nowS?: number;
}

/**
 * The payload of a delivery. Throws WebhookVerificationError, which never says more than it must.
 */
export function verifyWebhook<Payload = ExecutionEnded>(delivery: Delivery): Webhook<Payload> {
  const id = header(delivery, "webhook-id");
  const timestamp = header(delivery, "webhook-timestamp");
  const given = header(delivery, "webhook-signature");
  const nowS = delivery.nowS ?? Date.now() / 1000;
  if (!/^\d{1,12}$/.test(timestamp))
    throw new WebhookVerificationError("The timestamp is no number.");
  if (Math.abs(nowS - Number(timestamp)) > (delivery.toleranceS ?? TOLERANCE_S))
    throw new WebhookVerificationError("The timestamp is too far from this machine's clock.");
  const wanted = [delivery.secret]
    .flat()
    .map((secret) => signed(secret, id, timestamp, delivery.body));
  const signatures = given.split(" ").filter((one) => one.startsWith("v1,"));
  if (!signatures.some((one) => wanted.some((other) => isSame(one.slice(3), other))))
    throw new WebhookVerificationError("The signature does not fit.");
  return { id, sentAt: new Date(Number(timestamp) * 1000), payload: parsed(delivery.body) };
}

function header({ headers }: Delivery, name: string): string {
  const found = Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];
  if (typeof found !== "string")
    throw new WebhookVerificationError(`The header ${name} is missing.`);
  return found;
}

function signed(secret: string, id: string, timestamp: string, body: string | Uint8Array): string {
  const key = Buffer.from(
    secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret,
    "base64",
  );
  if (key.length === 0) throw new WebhookVerificationError("The secret is empty; expected whsec_…");
  return createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
}

function isSame(given: string, wanted: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(wanted)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function parsed<Payload>(body: string | Uint8Array): Payload {
  try {
    return JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString("utf8"));
  } catch {
    throw new WebhookVerificationError("The body is not JSON.");
  }
}
