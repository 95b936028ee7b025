/**
 * The gateway's own routes: `POST /api/modules/:id/execute` and `GET /api/python-agent/health`, as
 * the integration guide has them. Who calls, and with which key, the gateway says; an
 * organization's call is made with its own key and its own id, so that the service shows nothing of
 * any other.
 */
import { type Request, type RequestHandler, type Response, Router } from "express";
import { PythonAgentClient } from "./client.js";
import { PythonAgentError } from "./errors.js";
import type { ExecuteOptions } from "./options.js";
import type { Execution } from "./types.js";

export interface RouterOptions {
  /**
   * Refuses who is not signed in. It runs before the module's route, not before the health route.
   */
  requireAuth: RequestHandler;
  /**
   * The organization of the signed-in user; nothing is a 401. Never take it from the body or the
   * path.
   */
  orgOf(req: Request): string | undefined;
  /** A key of that organization from `api_keys`. */
  apiKeyOf(orgId: string): Promise<string | undefined>;
  clientFor?: (apiKey: string) => PythonAgentClient;
}

const HEALTH_TIMEOUT_MS = 5_000;
/**
 * What the caller did, or can do something about. Everything else is between the gateway and the
 * service.
 */
const PASSED_ON = new Set([400, 404, 409, 413, 429, 503]);

export function pythonAgentRouter(options: RouterOptions): Router {
  const { requireAuth, clientFor = (key: string) => new PythonAgentClient(key) } = options;
  const router = Router();

  router.post("/api/modules/:id/execute", requireAuth, async (req, res) => {
    try {
      const orgId = options.orgOf(req);
      if (!orgId) return refuse(res, 401, "Sign in first.");
      const apiKey = await options.apiKeyOf(orgId);
      if (!apiKey) return refuse(res, 400, "No API key configured");
      answer(res, await execute(clientFor(apiKey), orgId, req, res));
    } catch (error) {
      tell(res, error);
    }
  });

  router.get("/api/python-agent/health", async (_req, res) => {
    const health = await clientFor("").healthCheck({ timeoutMs: HEALTH_TIMEOUT_MS });
    if (health.status === "healthy") res.json(health);
    else res.status(503).json({ status: "unhealthy" }); // why names addresses of the inside
  });
  return router;
}

/** The call ends with the caller's connection; the execution goes on. */
async function execute(client: PythonAgentClient, orgId: string, req: Request, res: Response) {
  const left = new AbortController();
  res.once("close", () => left.abort());
  const { inputData, taskId } = (req.body ?? {}) as { inputData?: unknown; taskId?: string };
  const idempotencyKey = req.header("Idempotency-Key");
  const options: ExecuteOptions = { signal: left.signal };
  if (taskId !== undefined) options.taskId = taskId;
  if (idempotencyKey !== undefined) options.idempotencyKey = idempotencyKey;
  return client.executeModule(String(req.params.id), orgId, inputData, options);
}

function answer(res: Response, execution: Execution): void {
  const over = execution.status === "completed" || execution.status === "failed";
  res.status(over ? 200 : 202).json(execution);
}

function tell(res: Response, error: unknown): void {
  if (res.headersSent || res.destroyed) return;
  if (!(error instanceof PythonAgentError)) return refuse(res, 500, "The call could not be made.");
  const { status, detail, code, errors, retryAfterS } = error;
  if (retryAfterS !== undefined) res.set("Retry-After", String(retryAfterS));
  if (status !== undefined && PASSED_ON.has(status))
    return refuse(res, status, detail, { code, errors });
  if (code === "timeout") return refuse(res, 504, "The agents' service took too long.", { code });
  refuse(res, 502, "The agents' service cannot be used at the moment.", { code: "bad_gateway" });
}

function refuse(res: Response, status: number, message: string, more: object = {}): void {
  res.status(status).json({ message, ...more });
}
