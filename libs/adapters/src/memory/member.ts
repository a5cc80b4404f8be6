import { TransientFailure } from '@skerry/kernel/errors';
import type { Member, MemberRequest, MemberResponse } from '@skerry/ports/member/member';

/** A Kubernetes API as a function, as `libs/kube-api` and the simulator give it. */
export type ApiHandler = (request: {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly user?: { readonly name: string; readonly groups?: readonly string[] };
}) => Promise<{
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  readonly stream?: AsyncIterable<string> & { close(): void };
}>;

const USER = { name: 'skerry-syncer', groups: ['system:masters'] };

/** A member without sockets: the handler is called directly. A handler that throws is a server that gave no answer. */
export class MemoryMember implements Member {
  readonly #handle: ApiHandler;
  #closed = false;

  constructor(handle: ApiHandler) {
    this.#handle = handle;
  }

  async request(request: MemberRequest): Promise<MemberResponse> {
    const { status, headers, body } = await this.#call(request);
    return { status, headers: headers as Record<string, string>, body: body === '' ? {} : parse(body) };
  }

  async *watch({
    path,
    signal,
  }: {
    path: string;
    signal: AbortSignal;
  }): AsyncIterable<{ type: string; object: unknown }> {
    const answer = await this.#call({ method: 'GET', path });
    if (!answer.stream) {
      yield { type: 'ERROR', object: parse(answer.body) };
      return;
    }
    const { stream } = answer;
    const close = (): void => stream.close();
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) close();
    try {
      for await (const line of stream) {
        if (signal.aborted) return;
        yield JSON.parse(line) as { type: string; object: unknown };
      }
    } catch (cause) {
      if (signal.aborted) return;
      throw new TransientFailure(`watch ${path} broke`, { cause });
    } finally {
      signal.removeEventListener('abort', close);
      stream.close();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async #call({ method, path, contentType, body, accept }: MemberRequest): ReturnType<ApiHandler> {
    if (this.#closed) throw new TransientFailure('the member client is closed');
    const mark = path.indexOf('?');
    const headers = {
      accept: accept ?? 'application/json',
      'content-type': contentType ?? 'application/json',
      'user-agent': 'skerry-syncer',
    };
    const request = {
      method,
      headers,
      body,
      user: USER,
      path: mark < 0 ? path : path.slice(0, mark),
      query: mark < 0 ? '' : path.slice(mark + 1),
    };
    try {
      return await this.#handle(request);
    } catch (cause) {
      throw new TransientFailure(`${method} ${path} got no answer`, { cause });
    }
  }
}

/** A body that is no JSON (`ok`) is kept as a message. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { message: text };
  }
};
