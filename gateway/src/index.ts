/** What a gateway imports. The Express router and the Drizzle part have entries of their own. */
export { type ClientOptions, PythonAgentClient } from "./client.js";
export { PythonAgentError } from "./errors.js";
export type {
  BatchOptions,
  CallOptions,
  ExecuteOptions,
  RetryOptions,
  SubmitOptions,
} from "./options.js";
export type { StreamOptions } from "./stream.js";
export type * from "./types.js";
export {
  type Delivery,
  type ExecutionEnded,
  verifyWebhook,
  type Webhook,
  WebhookVerificationError,
} from "./webhooks.js";
