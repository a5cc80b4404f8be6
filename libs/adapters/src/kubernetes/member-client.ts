import { TransientFailure } from '@skerry/kernel/errors';
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
  readonly requestTimeoutMs?: number;
}

interface Connection {
  readonly text: string;
  readonly access: MemberAccess;
  readonly requests: Pool;
  /** watches have sockets of their own, so that they never use up those of requests */
  readonly watches: Pool;
}

const RETRIES_ON_429 = 5;
const MAX_WATCHES = 64;

/**
 * A member's API over few, kept connections. Why not the common client library: it opens a connection per request, and its
 * watch has neither bookmarks nor a watchdog (see the ADR on the member client).
 */
export class MemberClient implements Member {
  readonly #options: MemberClientOptions;
  #connection: Promise<Connection> | undefined;

  constructor(options: MemberClientOptions) {
    this.#options = options;
  }

  async request(request: MemberRequest): Promise<MemberResponse> {
    let answer = await this.#once(request);
    if (answer.status === 401 && (await this.#rotate())) answer = await this.#once(request);
    for (let tries = 0; answer.status === 429 && tries < RETRIES_ON_429; tries += 1) {
      const afterMs = Number(answer.headers['retry-after'] ?? '1') * 1_000;
      await new Promise<void>((resolve) =>
        this.#options.clock.after(Number.isFinite(afterMs) ? afterMs : 1_000, resolve),
      );
      answer = await this.#once(request);
    }
    return answer;
  }

  async *watch({
    path,
    signal,
  }: {
    path: string;
    signal: AbortSignal;
  }): AsyncIterable<{ type: string; object: unknown }> {
    const { access, watches } = await this.#connect();
    try {
      const answer = await watches.request({ method: 'GET', path, headers: headersOf(access, {}), signal });
      if (answer.statusCode !== 200) {
        const text = await answer.body.text();
        if (answer.statusCode === 401) await this.#rotate();
        yield { type: 'ERROR', object: parse(text, answer.statusCode) };
        return;
      }
      for await (const line of readLines(answer.body)) yield JSON.parse(line) as { type: string; object: unknown };
    } catch (cause) {
      if (signal.aborted) return;
      throw new TransientFailure(`watch ${path} broke`, { cause });
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection) await this.#drop(await connection);
  }

  async #once(request: MemberRequest): Promise<MemberResponse> {
    const { access, requests } = await this.#connect();
    try {
      const answer = await requests.request({
        method: request.method,
        path: request.path,
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

  #connect(): Promise<Connection> {
    this.#connection ??= this.#open().catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  async #open(): Promise<Connection> {
    const { loadKubeconfig, maxInFlight = 24, idleMs = 90_000, requestTimeoutMs = 30_000 } = this.#options;
    const text = await loadKubeconfig();
    const access = await readAccess(text);
    const connect = {
      ca: access.ca,
      cert: access.clientCertificate,
      key: access.clientKey,
      rejectUnauthorized: !access.skipTlsVerify,
      timeout: 10_000,
    };
    const origin = new URL(access.server).origin;
    const requests = new Pool(origin, {
      connections: maxInFlight,
      connect,
      headersTimeout: requestTimeoutMs,
      bodyTimeout: requestTimeoutMs,
    });
    const watches = new Pool(origin, { connections: MAX_WATCHES, connect, headersTimeout: 0, bodyTimeout: idleMs });
    return { text, access, requests, watches };
  }

  /** True when the credentials have changed since: then it is worth another try. */
  async #rotate(): Promise<boolean> {
    const present = await this.#connect();
    if ((await this.#options.loadKubeconfig()) === present.text) return false;
    this.#connection = undefined;
    await this.#connect();
    void this.#drop(present);
    return true;
  }

  async #drop({ requests, watches }: Connection): Promise<void> {
    await Promise.all([requests.destroy(), watches.destroy()]);
  }
}

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
