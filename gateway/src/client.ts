/**
 * The client of the Python agents' service. A drop-in for the one of the integration guide: the
 * same names, the same arguments, the same four fields; everything beyond is optional.
 */
import type { AxiosInstance } from "axios";
import type { PythonAgentError } from "./errors.js";
import { untilOver } from "./following.js";
import { type Call, Http } from "./http.js";
import {
  type BatchOptions,
  type CallOptions,
  calling,
  type ExecuteOptions,
  limits,
  type RetryOptions,
  type SubmitOptions,
  submitting,
} from "./options.js";
import { type RetryPolicy, withRetries } from "./retries.js";
import { executionUpdates, type StreamOptions } from "./stream.js";
import type {
  Agents,
  Batch,
  Execution,
  ExecutionDetail,
  ExecutionFilters,
  ExecutionPage,
  ExecutionUpdate,
  Health,
  Module,
  ModuleFilters,
  ModulePage,
} from "./types.js";

export interface ClientOptions extends Partial<RetryPolicy> {
  /** PYTHON_AGENT_URL when not given. */
  baseUrl?: string;
  /** Of one HTTP call; the service answers POST /execute after 50 s at the latest. */
  timeoutMs?: number;
  /** For interceptors, proxies and agents of your own. */
  axios?: AxiosInstance;
}

const DEFAULT_URL = "http://127.0.0.1:8000";

export class PythonAgentClient {
  private readonly http: Http;
  private readonly policy: RetryPolicy;

  constructor(apiKey: string, options: ClientOptions = {}) {
    const baseUrl = options.baseUrl ?? process.env.PYTHON_AGENT_URL ?? DEFAULT_URL;
    this.http = new Http({
      baseUrl: baseUrl.replace(/\/+$/, ""),
      apiKey,
      timeoutMs: options.timeoutMs ?? 60_000,
      axios: options.axios,
    });
    this.policy = {
      retries: options.retries ?? 2,
      longestRetryAfterS: options.longestRetryAfterS ?? 30,
    };
  }

  /**
   * Runs a module: by its row's id, its `python_module` or its name. The last argument may be a
   * task's id.
   */
  async executeModule(
    moduleId: string,
    orgId: string,
    inputData: unknown,
    taskOrOptions: string | ExecuteOptions = {},
  ): Promise<Execution> {
    const options = typeof taskOrOptions === "string" ? { taskId: taskOrOptions } : taskOrOptions;
    return this.submit("/execute", options, {
      module_id: moduleId,
      org_id: orgId,
      input_data: inputData,
      task_id: options.taskId,
      execution_id: options.executionId,
      webhook_url: options.webhookUrl,
      webhook_secret_name: options.webhookSecretName,
    });
  }

  /**
   * Up to 1,000 inputs for one module, all accepted or none. The ids come in the order of the
   * inputs.
   */
  async executeBatch(
    moduleId: string,
    orgId: string,
    inputs: unknown[],
    options: BatchOptions = {},
  ): Promise<string[]> {
    const answer = await this.post<Batch>("/execute/batch", options, {
      module_id: moduleId,
      org_id: orgId,
      inputs,
      task_id: options.taskId,
      ...limits(options),
    });
    return answer.execution_ids;
  }

  /**
   * Runs an execution again, as another one: with the config that it ran with, or the module's
   * current one.
   */
  async retryExecution(executionId: string, options: RetryOptions = {}): Promise<Execution> {
    return this.submit(`${pathOf(executionId)}/retry`, options, {
      config: options.config,
      input_data: options.inputData,
    });
  }

  /**
   * `running`: it has been asked to end. Throws `already_finished` (409) when it has ended before.
   */
  async cancelExecution(executionId: string, options: CallOptions = {}): Promise<Execution> {
    const path = `${pathOf(executionId)}/cancel`;
    return this.http.json({ method: "POST", path, body: {}, ...calling(options) });
  }

  async getExecution(executionId: string, options: CallOptions = {}): Promise<ExecutionDetail> {
    return this.get(pathOf(executionId), options);
  }

  /** One page, newest first; `next` is the cursor of the following one, null at the end. */
  async listExecutions(
    filters: ExecutionFilters = {},
    options: CallOptions = {},
  ): Promise<ExecutionPage> {
    return this.get("/executions", options, filters);
  }

  async getModules(filters: ModuleFilters = {}, options: CallOptions = {}): Promise<ModulePage> {
    return this.get("/modules", options, filters);
  }

  async getModule(moduleId: string, options: CallOptions = {}): Promise<Module> {
    return this.get(`/modules/${encodeURIComponent(moduleId)}`, options);
  }

  async getAgents(options: CallOptions = {}): Promise<Agents> {
    return this.get("/agents", options);
  }

  /** Never throws: `status` is "unhealthy" when the service does not answer as it should. */
  async healthCheck(options: CallOptions = {}): Promise<Health> {
    try {
      return await this.http.json<Health>({ method: "GET", path: "/health", ...calling(options) });
    } catch (error) {
      return { status: "unhealthy", error: (error as PythonAgentError).detail };
    }
  }

  /** Events, states and, at last, the end. A large output is read for you. */
  async *streamExecution(
    executionId: string,
    options: StreamOptions = {},
  ): AsyncGenerator<ExecutionUpdate> {
    for await (const update of executionUpdates(this.http, executionId, options)) {
      if (update.type !== "end" || !update.execution.output_omitted) yield update;
      else
        yield { type: "end", execution: await this.getExecution(executionId, signalOf(options)) };
    }
  }

  private async submit(path: string, options: SubmitOptions, body: object): Promise<Execution> {
    const answer = await this.post<Execution>(path, options, { ...body, ...limits(options) });
    return options.untilDone ? untilOver(this, answer, signalOf(options)) : answer;
  }

  private async post<T>(path: string, options: SubmitOptions, body: object): Promise<T> {
    const call: Call = { method: "POST", path, body, ...submitting(options) };
    const safe = options.idempotencyKey !== undefined;
    return withRetries(() => this.http.json<T>(call), this.policy, {
      safe,
      signal: options.signal,
    });
  }

  private async get<T>(path: string, options: CallOptions, query: object = {}): Promise<T> {
    const call: Call = { method: "GET", path, query: { ...query }, ...calling(options) };
    const { signal } = options;
    return withRetries(() => this.http.json<T>(call), this.policy, { safe: true, signal });
  }
}

const pathOf = (executionId: string) => `/executions/${encodeURIComponent(executionId)}`;
const signalOf = ({ signal }: { signal?: AbortSignal }) => (signal ? { signal } : {});
