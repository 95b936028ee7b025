/** What a gateway has already; here as little of it as the examples need. */
import type { Request, RequestHandler } from "express";

export type AuthRequest = Request & { user?: { orgId: string } };

const { ORG_ID = "", API_KEY = "", WEBHOOK_SECRET = "" } = process.env;

export const requireAuth: RequestHandler = (req, res, next) => {
  if (req.header("authorization") !== "Bearer of-a-user") {
    res.status(401).json({ message: "Sign in first." });
    return;
  }
  (req as AuthRequest).user = { orgId: ORG_ID };
  next();
};

export const storage = {
  getAllApiKeys: async (orgId: string) => (orgId === ORG_ID ? [{ key: API_KEY }] : []),
  webhookSecret: async () => WEBHOOK_SECRET,
};

export const handled: unknown[] = [];
export const handle = async (id: string, payload: unknown) => void handled.push([id, payload]);
