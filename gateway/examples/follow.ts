import { PythonAgentClient } from "@platform-agents/gateway";

const { API_KEY = "", ORG_ID = "" } = process.env;
const client = new PythonAgentClient(API_KEY);

const { execution_id } = await client.executeModule("reporter", ORG_ID, {}, { respondAsync: true });
for await (const update of client.streamExecution(execution_id)) {
  if (update.type === "event") console.log(update.event.kind, update.event.message);
  if (update.type === "end") console.log("end", update.execution.status);
}
