import { verifyWebhook, WebhookVerificationError } from "@platform-agents/gateway";
import express from "express";
import { handle, storage } from "./yours.js";

export const app = express();
app.post("/api/hooks/executions", express.raw({ type: "*/*" }), async (req, res) => {
  try {
    const secret = await storage.webhookSecret();
    const { id, payload } = verifyWebhook({ headers: req.headers, body: req.body, secret });
    await handle(id, payload); // may come twice: do nothing for an id that you have had
    res.sendStatus(204);
  } catch (error) {
    res.sendStatus(error instanceof WebhookVerificationError ? 400 : 500);
  }
});
