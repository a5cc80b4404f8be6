import { TransientFailure } from '@skerry/kernel/errors';
import type { Member, MemberRequest, MemberResponse } from '@skerry/ports/member/member';

type Asked = Pick<MemberRequest, 'method' | 'path'> & { readonly body?: string };
type Which = (asked: Asked) => boolean;

/** A syncer's access to its member: what it asks is written down, and can be held up, cut off or answered otherwise. */
export class WatchedMember implements Member {
  readonly requests: Asked[] = [];
  readonly #member: Member;
  readonly #cuts = new Set<Which>();
  readonly #gates = new Set<{ which: Which; reached: () => void; opened: Promise<void> }>();
  readonly #answers = new Set<(asked: Asked) => MemberResponse | undefined>();
  readonly #edits = new Set<(asked: Asked, response: MemberResponse) => MemberResponse>();

  constructor(member: Member) {
    this.#member = member;
  }

  /** What was to change something, the lease left out: `PATCH /api/v1/…` without the query. */
  get mutations(): string[] {
    return this.requests.filter(isMutation).map(({ method, path }) => `${method} ${path.split('?')[0]}`);
  }

  async request(request: MemberRequest): Promise<MemberResponse> {
    const { method, path, body } = request;
    const asked: Asked = body === undefined ? { method, path } : { method, path, body };
    for (const gate of this.#gates) {
      if (!gate.which(asked)) continue;
      gate.reached();
      await gate.opened;
    }
    if ([...this.#cuts].some((which) => which(asked))) throw new TransientFailure(`${method} ${path} was cut off`);
    this.requests.push(asked);
    for (const answer of this.#answers) {
      const own = answer(asked);
      if (own) return own;
    }
    let response = await this.#member.request(request);
    for (const edit of this.#edits) response = edit(asked, response);
    return response;
  }

  watch(request: { path: string; signal: AbortSignal }): AsyncIterable<{ type: string; object: unknown }> {
    return this.#member.watch(request);
  }

  close(): Promise<void> {
    return this.#member.close();
  }

  /** Such requests get no answer, until the returned function is called. */
  cut(which: Which): () => void {
    this.#cuts.add(which);
    return () => void this.#cuts.delete(which);
  }

  /** The next such requests wait at the door; `reached` resolves when the first stands there. */
  hold(which: Which): { readonly reached: Promise<void>; open(): void } {
    let open = (): void => {};
    let reachedNow = (): void => {};
    const reached = new Promise<void>((resolve) => (reachedNow = resolve));
    const gate = { which, reached: reachedNow, opened: new Promise<void>((resolve) => (open = resolve)) };
    this.#gates.add(gate);
    return {
      reached,
      open: () => {
        this.#gates.delete(gate);
        open();
      },
    };
  }

  /** What it answers to does not reach the member. */
  answer(answer: (asked: Asked) => MemberResponse | undefined): void {
    this.#answers.add(answer);
  }

  /** Answers are changed on their way back, until the returned function is called. */
  edit(edit: (asked: Asked, response: MemberResponse) => MemberResponse): () => void {
    this.#edits.add(edit);
    return () => void this.#edits.delete(edit);
  }
}

export const isLease = ({ path }: Asked): boolean => path.includes('/leases') || path.includes('skerry-system');
const isMutation: Which = (asked) => asked.method !== 'GET' && !isLease(asked) && asked.path !== '/api/v1/namespaces';
