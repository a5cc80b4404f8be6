/** One request to a member's API server. `path` starts with `/`; query is already encoded in it. */
export interface MemberRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

export interface MemberResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** parsed JSON; a Kubernetes object, list or Status */
  readonly body: unknown;
}

/**
 * A member cluster at request level. `request` resolves with whatever the server answered, 4xx and 5xx included
 * (429 with `retry-after` is waited for and repeated inside, up to its deadline); it throws TransientFailure when no answer came.
 * `watch` yields the server's JSON lines until the server ends it (returns), the signal aborts (returns) or the
 * connection breaks or is idle for longer than the watchdog allows (throws TransientFailure).
 */
export interface Member {
  request(request: MemberRequest): Promise<MemberResponse>;
  watch(request: { path: string; signal: AbortSignal }): AsyncIterable<{ type: string; object: unknown }>;
  close(): Promise<void>;
}
