/**
 * The client that the integration guide tells a gateway to write (phase 3), as a gateway would have
 * it: the four fields and nothing else, 60 s, every error folded into one sentence. It knows
 * nothing of 202.
 */
import axios from "axios";

const address = () => process.env.PYTHON_AGENT_URL || "http://0.0.0.0:8000";
const reason = (error: unknown) => (error as Error).message;

export class PythonAgentClient {
  constructor(private apiKey: string) {}

  async executeModule(moduleId: string, orgId: string, inputData: unknown, taskId?: string) {
    const body = { module_id: moduleId, org_id: orgId, task_id: taskId, input_data: inputData };
    const options = { headers: { "X-API-Key": this.apiKey }, timeout: 60_000 };
    try {
      return (await axios.post(`${address()}/execute`, body, options)).data;
    } catch (error) {
      throw new Error(`Python agent execution failed: ${reason(error)}`);
    }
  }

  async healthCheck() {
    try {
      return (await axios.get(`${address()}/health`)).data;
    } catch (error) {
      return { status: "unhealthy", error: reason(error) };
    }
  }
}
