import { isDeepStrictEqual } from 'node:util';
import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Member, MemberRequest, MemberResponse } from '@skerry/ports/member/member';
import { Pool } from 'undici';
import { readLines } from './lines.ts';
import { type MemberAccess, readAccess } from './kubeconfig.ts';

export interface MemberClientOptions {
  /** Text of a kubeconfig, asked again when the server refuses the credentials: they rotate without a restart. */
  readonly loadKubeconfig: () => Promise<string>;
  readonly clock: Clock;
  /** requests in flight at once, watches not counted; default 24 */
  readonly maxInFlight?: number;
  /** a watch without a line for this long is broken; default 90 s (bookmarks come once a minute) */
  readonly idleMs?: number;
  /** without an answer for this long a request has failed; also how long a 429 is waited for in all; default 30 s */
  readonly requestTimeoutMs?: number;
}

interface Connection {
  readonly access: MemberAccess;
  /** path of the server's URL, in front of every request's own */
  readonly prefix: string;
  readonly requests: Pool;
  /** watches have sockets of their own, so that they never use up those of requests; as many as there are watches */
  readonly watches: Pool;
}

const REQUEST_TIMEOUT_MS = 30_000;
/** API servers close idle connections after 90 s; the syncer asks every 5 s and shall not shake hands each time. */
const KEEP_ALIVE_MS = 60_000;

/**
 * A member's API over few, kept connections. Why not the common client library: it opens a connection per request, and its
 * watch has neither bookmarks nor a watchdog (see the ADR on the member client).
 */
export class MemberClient implements Member {
  readonly #options: MemberClientOptions;
  #connection: Promise<Connection> | undefined;
  #rotation: Promise<boolean> | undefined;
  #closed = false;
  /** with earlier credentials, still carrying watches */
  readonly #retired = new Set<Connection>();

  constructor(options: MemberClientOptions) {
    this.#options = options;
  }

  async request(request: MemberRequest): Promise<MemberResponse> {
    const { clock, requestTimeoutMs = REQUEST_TIMEOUT_MS } = this.#options;
    const endMs = clock.monotonicMs() + requestTimeoutMs;
    for (let rotated = false; ;) {
      const connection = await this.#connect();
      const answer = await this.#once(connection, request);
      if (answer.status === 401 && !rotated && (await this.#rotate(connection))) {
        rotated = true;
      } else if (answer.status === 429) {
        const waitMs = retryAfterMs(answer);
        if (clock.monotonicMs() + waitMs > endMs) return answer;
        await this.#wait(waitMs, request);
      } else {
        return answer;
      }
    }
  }

  async *watch({
    path,
    signal,
  }: {
    path: string;
    signal: AbortSignal;
  }): AsyncIterable<{ type: string; object: unknown }> {
    const connection = await this.#connect();
    const { access, watches, prefix } = connection;
    try {
      const headers = headersOf(access, {});
      const answer = await watches.request({ method: 'GET', path: prefix + path, headers, signal });
      if (answer.statusCode !== 200) {
        const text = await answer.body.text();
        if (answer.statusCode === 401) await this.#rotate(connection);
        yield { type: 'ERROR', object: parse(text, answer.statusCode) };
        return;
      }
      for await (const line of readLines(answer.body)) yield JSON.parse(line) as { type: string; object: unknown };
    } catch (cause) {
      if (signal.aborted) return;
      throw new TransientFailure(`watch ${path} broke`, { cause });
    }
  }

  /** Whatever is under way fails, and so does everything later. */
  async close(): Promise<void> {
    this.#closed = true;
    const connection = this.#connection;
    this.#connection = undefined;
    const present = connection === undefined ? [] : [await connection.catch(() => undefined)];
    const all = [...present, ...this.#retired].filter((one) => one !== undefined);
    await Promise.all(all.flatMap(({ requests, watches }) => [requests.destroy(), watches.destroy()]));
  }

  async #once({ access, requests, prefix }: Connection, request: MemberRequest): Promise<MemberResponse> {
    try {
      const answer = await requests.request({
        method: request.method,
        path: prefix + request.path,
        headers: headersOf(access, request),
        body: request.body ?? null,
        signal: request.signal ?? null,
      });
      const text = await answer.body.text();
      return {
        status: answer.statusCode,
        headers: answer.headers as Record<string, string>,
        body: parse(text, answer.statusCode),
      };
    } catch (cause) {
      throw new TransientFailure(`${request.method} ${request.path} got no answer`, { cause });
    }
  }

  /** Ends early, with a failure, when the caller gives up. */
  async #wait(waitMs: number, { method, path, signal }: MemberRequest): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(waitMs, resolve);
      const giveUp = (): void => {
        cancel();
        resolve();
      };
      if (signal?.aborted === true) giveUp();
      else signal?.addEventListener('abort', giveUp, { once: true });
    });
    if (signal?.aborted === true) throw new TransientFailure(`${method} ${path} was given up in an overload`);
  }

  async #connect(): Promise<Connection> {
    if (this.#closed) throw new TransientFailure('the member client is closed');
    this.#connection ??= this.#load().then((access) => this.#open(access));
    const opening = this.#connection;
    return opening.catch((error: unknown) => {
      if (this.#connection === opening) this.#connection = undefined;
      throw error;
    });
  }

  #open(access: MemberAccess): Connection {
    const { maxInFlight = 24, idleMs = 90_000, requestTimeoutMs = REQUEST_TIMEOUT_MS } = this.#options;
    const connect = {
      ca: access.ca,
      cert: access.clientCertificate,
      key: access.clientKey,
      rejectUnauthorized: !access.skipTlsVerify,
      timeout: 10_000,
      ...(access.serverName !== undefined && { servername: access.serverName }),
    };
    const { origin, pathname } = new URL(access.server);
    const shared = {
      // a request over HTTP/2 takes half as much again of Node's time, and a watch shares its socket with everything
      allowH2: false,
      connect,
      headersTimeout: requestTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
    };
    const requests = new Pool(origin, { ...shared, connections: maxInFlight, bodyTimeout: requestTimeoutMs });
    const watches = new Pool(origin, { ...shared, bodyTimeout: idleMs });
    return { access, prefix: pathname.replace(/\/+$/, ''), requests, watches };
  }

  /** The files that it names are read too. */
  async #load(): Promise<MemberAccess> {
    try {
      return await readAccess(await this.#options.loadKubeconfig());
    } catch (cause) {
      if (cause instanceof TerminalFailure || cause instanceof TransientFailure) throw cause;
      throw new TransientFailure('the kubeconfig could not be loaded', { cause });
    }
  }

  /**
   * True when the credentials have changed since `refused` was opened: then it is worth another try. Of many requests that
   * are refused together one loads the kubeconfig, the others find the new connection.
   */
  async #rotate(refused: Connection): Promise<boolean> {
    if ((await this.#connect()) !== refused) return true;
    this.#rotation ??= this.#replace(refused).finally(() => (this.#rotation = undefined));
    return this.#rotation;
  }

  async #replace(refused: Connection): Promise<boolean> {
    const access = await this.#load();
    if (isDeepStrictEqual(access, refused.access)) return false;
    this.#connection = Promise.resolve(this.#open(access));
    this.#retire(refused);
    return true;
  }

  /** What is under way ends in its own time: a rotation breaks no watch and fails no request. */
  #retire(connection: Connection): void {
    this.#retired.add(connection);
    const over = Promise.all([connection.requests.close(), connection.watches.close()]);
    // close() rejects only for what close() of the client destroys in the meantime.
    void over.catch(() => undefined).finally(() => this.#retired.delete(connection));
  }
}

/** API servers say it in seconds; anything else counts as one second. */
const retryAfterMs = ({ headers }: MemberResponse): number => {
  const text = headers['retry-after'] ?? '';
  const seconds = Number(text);
  return text !== '' && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : 1_000;
};

const headersOf = (access: MemberAccess, request: Partial<MemberRequest>): Record<string, string> => ({
  accept: request.accept ?? 'application/json',
  'user-agent': 'skerry-syncer',
  ...(access.token === undefined ? {} : { authorization: `Bearer ${access.token}` }),
  ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
});

/** A body that is no JSON (a proxy's page, a plain "ok") is kept as a message. */
const parse = (text: string, code: number): unknown => {
  try {
    return text === '' ? {} : (JSON.parse(text) as unknown);
  } catch {
    return { kind: 'Status', status: code < 400 ? 'Success' : 'Failure', code, message: text.slice(0, 1_000) };
  }
};
