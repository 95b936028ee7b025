import { PythonAgentClient, PythonAgentError } from "@platform-agents/gateway";

const { API_KEY = "", ORG_ID = "" } = process.env;
const client = new PythonAgentClient(API_KEY); // the address: PYTHON_AGENT_URL

try {
  const { status, output, error } = await client.executeModule("echo", ORG_ID, { text: "hello" });
  console.log(status === "completed" ? output : `The agent failed: ${error}`);
  await client.executeModule("no_such_module", ORG_ID, {});
} catch (error) {
  if (!(error instanceof PythonAgentError)) throw error;
  console.log(error.status, error.code, error.detail);
}
