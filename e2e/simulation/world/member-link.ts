import { MemoryMember } from '@skerry/adapters/memory/member';
import { TransientFailure } from '@skerry/kernel/errors';
import type { Member, MemberRequest, MemberResponse } from '@skerry/ports/member/member';
import type { Link } from './faults.ts';
import type { MemberCluster } from './member-cluster.ts';
import type { Timeline } from './timeline.ts';

/** What is told of a request on its further way. */
export interface Mutation {
  /** the cluster has answered */
  answered(response: MemberResponse): void;
  /** whoever asked has the answer */
  received(response: MemberResponse): void;
}

const LATE_LINES = 0.1;
const LATEST_LINE_MS = 300;

interface MemberLinkParts {
  readonly link: Link;
  readonly timeline: Timeline;
  readonly cluster: MemberCluster;
  /** called as somebody asks for a change, leases left out, before the request is on its way */
  readonly onAsked: (request: MemberRequest) => void;
  /** called as such a request reaches the cluster */
  readonly onMutation: (request: MemberRequest) => Mutation;
}

/** A member as the syncer of one process sees it. */
export class MemberLink implements Member {
  readonly #parts: MemberLinkParts;
  readonly #inner: MemoryMember;
  readonly #ended = new AbortController();

  constructor(parts: MemberLinkParts) {
    this.#parts = parts;
    this.#inner = new MemoryMember((request) => parts.cluster.sim.handle(request));
    parts.link.process.onEnd(() => this.#ended.abort());
  }

  async request(request: MemberRequest): Promise<MemberResponse> {
    const isMutation = request.method !== 'GET' && !request.path.includes('/leases');
    if (isMutation) this.#parts.onAsked(request);
    let mutation: Mutation | undefined;
    const response = await this.#parts.link.call(request.path, async () => {
      if (isMutation) mutation = this.#parts.onMutation(request);
      const answer = await this.#inner.request(request);
      mutation?.answered(answer);
      return answer;
    });
    mutation?.received(response);
    return response;
  }

  async *watch({ path, signal }: { path: string; signal: AbortSignal }): ReturnType<Member['watch']> {
    const { link, cluster } = this.#parts;
    if (link.isCut) throw new TransientFailure(`watch ${path}: the link is cut`);
    const ended = AbortSignal.any([signal, this.#ended.signal]);
    for await (const line of this.#inner.watch({ path, signal: ended })) {
      // one after another: were each of many late, all would be, by minutes
      const delayMs = link.random.chance(LATE_LINES) ? Math.min(link.delayMs, LATEST_LINE_MS) : 0;
      await link.process.answer(Promise.resolve(), delayMs + cluster.watchDelayMs);
      if (link.isCut) throw new TransientFailure(`watch ${path} broke`);
      yield line;
    }
    // the dead hear nothing, also not that it is over
    await link.process.answer(Promise.resolve());
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }
}
