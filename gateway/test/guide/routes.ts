/**
 * The guide's route: a module's row id in the path, the signed-in user's organization, its first
 * key.
 */
import type { Express, NextFunction, Request, Response } from "express";
import { PythonAgentClient } from "./python-agent-client.js";

export interface User {
  orgId: string;
}
export type AuthRequest = Request & { user?: User };

/** What the guide calls `storage`. */
export interface Storage {
  getAllApiKeys(orgId: string): Promise<{ key: string }[]>;
}

export function registerRoutes(
  app: Express,
  requireAuth: (req: AuthRequest, res: Response, next: NextFunction) => void,
  storage: Storage,
) {
  app.post("/api/modules/:id/execute", requireAuth, async (req: AuthRequest, res) => {
    try {
      const keys = await storage.getAllApiKeys(req.user!.orgId);
      if (!keys.length) return res.status(400).json({ message: "No API key configured" });
      const client = new PythonAgentClient(keys[0]!.key);
      const result = await client.executeModule(
        req.params.id!,
        req.user!.orgId,
        req.body.inputData,
      );
      return res.json(result);
    } catch (error) {
      return res.status(500).json({ message: (error as Error).message });
    }
  });
}
