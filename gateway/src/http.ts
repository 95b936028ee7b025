/**
 * One HTTP call with axios: the key, the time limit, and errors as PythonAgentError. Nothing is
 * repeated here.
 */
import type { Readable } from "node:stream";
import axios, { type AxiosInstance, type AxiosResponse } from "axios";
import { failureOf, PythonAgentError, refusalOf } from "./errors.js";

export interface Call {
  method: "GET" | "POST";
  path: string;
  query?: Record<string, unknown>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
}

export interface HttpOptions {
  baseUrl: string;
  apiKey: string;
  timeoutMs: number;
  axios?: AxiosInstance | undefined;
}

export class Http {
  constructor(private readonly options: HttpOptions) {}

  /** The body of an answer below 400. */
  async json<T>(call: Call): Promise<T> {
    const { data, status } = await this.send(call, "json");
    if (typeof data === "object" && data !== null) return data as T;
    const detail = `The agents' service answered ${status} with something that is not JSON.`;
    throw new PythonAgentError({ detail, code: "unexpected_answer", status });
  }

  /** The body as it arrives. The time limit ends with the headers: whoever reads has its own. */
  async stream(call: Call): Promise<Readable> {
    return (await this.send(call, "stream")).data as Readable;
  }

  private async send(call: Call, responseType: "json" | "stream"): Promise<AxiosResponse> {
    const answer = await this.request(call, responseType);
    if (answer.status < 400) return answer;
    const body = responseType === "stream" ? await parsed(answer.data as Readable) : answer.data;
    throw refusalOf(answer.status, body, answer.headers);
  }

  private async request(call: Call, responseType: "json" | "stream"): Promise<AxiosResponse> {
    const { baseUrl, apiKey, timeoutMs } = this.options;
    try {
      return await (this.options.axios ?? axios).request({
        baseURL: baseUrl,
        url: call.path,
        method: call.method,
        params: call.query ?? {},
        data: call.body,
        headers: { ...(apiKey ? { "X-API-Key": apiKey } : {}), ...call.headers },
        timeout: call.timeoutMs ?? timeoutMs,
        ...(call.signal ? { signal: call.signal } : {}),
        responseType,
        maxRedirects: 0, // a key is for the service that we asked
        validateStatus: () => true,
      });
    } catch (error) {
      throw failureOf(error);
    }
  }
}

async function parsed(body: Readable): Promise<unknown> {
  try {
    return JSON.parse(Buffer.concat(await body.toArray()).toString("utf8"));
  } catch {
    return undefined;
  }
}
