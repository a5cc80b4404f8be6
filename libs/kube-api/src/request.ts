/** Who asks, as the authentication hook told. */
export interface KubeUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
}

/** A request to the Kubernetes API, without a socket. */
export interface KubeRequest {
  readonly method: string;
  /** Path without the query, still percent-encoded. */
  readonly path: string;
  /** The query, with or without its question mark. */
  readonly query?: string | URLSearchParams;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Uint8Array | string;
  readonly user?: KubeUser;
  /** The same id again is the same command (`Idempotency-Key` or a request id); handed to the store with a write. */
  readonly id?: string;
}

/** Lines of a watch: each chunk is one JSON text and a line feed. Ends when it times out, is closed or has failed. */
export interface KubeStream extends AsyncIterable<string> {
  /** Ends the watch; the iteration finishes soon after. */
  close(): void;
}

/** The answer. Either `body` (JSON text, possibly empty) or `stream`. */
export interface KubeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  readonly stream?: KubeStream;
}
