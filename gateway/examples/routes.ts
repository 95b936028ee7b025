import { pythonAgentRouter } from "@platform-agents/gateway/router";
import express from "express";
import { requireAuth, storage, type AuthRequest } from "./yours.js";

export const app = express();
app.use(express.json());
app.use(
  pythonAgentRouter({
    requireAuth,
    orgOf: (req) => (req as AuthRequest).user?.orgId,
    apiKeyOf: async (orgId) => (await storage.getAllApiKeys(orgId))[0]?.key,
  }),
);
