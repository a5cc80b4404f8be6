import { Agent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`; a PATCH needs its own. */
  readonly contentType?: string;
  /** Default 10 s. */
  readonly deadlineMs?: number;
}

export interface ApiAnswer<Body = unknown> {
  readonly status: number;
  /** Parsed JSON; a string where the answer is none (`/readyz`). */
  readonly body: Body;
}

export interface ApiAccess {
  readonly port: number;
  readonly token: string;
  /** PEM. */
  readonly authority: string;
}

/** Requests to one API server with a kept connection. Rejects if it does not answer; any status is an answer. */
export type ApiClient = <Body = any>(request: ApiRequest) => Promise<ApiAnswer<Body>>;

export function apiClient(access: ApiAccess): { request: ApiClient; close(): void } {
  const agent = new Agent({ keepAlive: true, ca: access.authority, maxSockets: 16 });
  return {
    request: (request) => send(request, { access, agent }),
    close: () => agent.destroy(),
  };
}

function send(request: ApiRequest, via: { access: ApiAccess; agent: Agent }): Promise<ApiAnswer<any>> {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      {
        host: '127.0.0.1',
        port: via.access.port,
        agent: via.agent,
        method: request.method ?? 'GET',
        path: request.path,
        headers: {
          authorization: `Bearer ${via.access.token}`,
          accept: 'application/json',
          'user-agent': 'skerry-local',
          ...(body === undefined
            ? {}
            : {
                'content-type': request.contentType ?? 'application/json',
                'content-length': Buffer.byteLength(body),
              }),
        },
        signal: AbortSignal.timeout(request.deadlineMs ?? 10_000),
      },
      (response) => {
        text(response).then((said) => resolve({ status: response.statusCode ?? 0, body: parsed(said) }), reject);
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return said; // health endpoints answer in plain words
  }
}
