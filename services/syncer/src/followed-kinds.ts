import { MANAGED_LABEL } from '@skerry/api/object';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Member } from '@skerry/ports/member/member';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { Log } from '@skerry/runtime/telemetry/log';
import { type LiveEntry, type LiveState, toLiveEntry } from './live-state.ts';
import { Informer } from './member/informer.ts';
import { apiVersionOf, collectionPath, refusalOf, requireAnswer, type ServedResource } from './member/kube-calls.ts';
import type { ServedKinds } from './member/discovery.ts';

export interface FollowedOptions {
  readonly member: Member;
  readonly clock: Clock;
  readonly log: Log;
  readonly live: LiveState;
  readonly random: () => number;
  readonly onChanged: (uids: readonly string[]) => void;
  /** a kind has been listed for the first time */
  readonly onKindListed: (resource: ServedResource) => void;
}

interface Followed {
  readonly informer: Informer;
  /** monotonic ms until which it may be waited for */
  readonly untilMs: number;
}

/** From the first request for a kind. After that nobody waits for it: it may be refused to us, or its server be dead. */
const LISTED_WITHIN_MS = 3_000;
const SEARCH_DEADLINE_MS = 5_000;
const OURS = `${MANAGED_LABEL}=true`;

/** One informer for every kind that the hub desires here or that something of ours is of. */
export class FollowedKinds {
  readonly #options: FollowedOptions;
  readonly #followed = new Map<string, Followed>();
  /** kinds of which it is known whether there was anything of ours when this syncer began */
  readonly #searched = new Set<string>();
  #stopped = false;

  constructor(options: FollowedOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the kind has been listed once, with an empty text. Otherwise, after a few seconds and from then on at
   * once, with what keeps it from being listed: nothing is known of its objects then.
   */
  async follow(resource: ServedResource): Promise<string> {
    if (this.#stopped) return `${idOf(resource)} cannot be listed: the syncer has stopped`;
    const { informer, untilMs } = this.#followed.get(idOf(resource)) ?? this.#begin(resource);
    const leftMs = untilMs - this.#options.clock.monotonicMs();
    if (!informer.isSynced && leftMs > 0) await this.#syncedWithin(informer, leftMs);
    if (informer.isSynced) return '';
    return `${idOf(resource)} cannot be listed: ${informer.trouble === '' ? 'no answer' : informer.trouble}`;
  }

  /**
   * Kinds that hold something of ours although nothing desires them any more: their objects are orphans. One that cannot be
   * listed is left for the next call: one that is refused to us must not keep all others waiting. Throws when the member
   * gives no answer at all.
   */
  async findMarked(kinds: ServedKinds): Promise<void> {
    for (const resource of kinds.all) {
      if (this.#stopped) return;
      if (!isSearchable(resource) || this.#searched.has(idOf(resource))) continue;
      const isThere = await this.#holdsOurs(resource);
      if (isThere !== undefined) this.#searched.add(idOf(resource));
      if (isThere) await this.follow(resource);
    }
  }

  /** Everything of ours that lives is known: no kind is refused to us, and none is missing in the discovery. */
  isWhole(kinds: ServedKinds): boolean {
    const isKnown = (id: string): boolean =>
      this.#searched.has(id) && this.#followed.get(id)?.informer.isSynced !== false;
    return kinds.complete && kinds.all.every((one) => !isSearchable(one) || isKnown(idOf(one)));
  }

  relist(): void {
    for (const { informer } of this.#followed.values()) informer.relist();
  }

  /** Ends what is followed; nothing is searched or followed after it. */
  stop(): void {
    this.#stopped = true;
    for (const { informer } of this.#followed.values()) informer.stop();
    this.#followed.clear();
  }

  #begin(resource: ServedResource): Followed {
    const { clock, onKindListed } = this.#options;
    const informer = new Informer({
      ...this.#options,
      path: collectionPath(resource),
      selector: OURS,
      onPut: (object) => this.#put(complete(object, resource)),
      onGone: (object) => this.#gone(toLiveEntry(complete(object, resource))),
      onListed: (present) => this.#listed(resource, present),
    });
    const followed = { informer, untilMs: clock.monotonicMs() + LISTED_WITHIN_MS };
    this.#followed.set(idOf(resource), followed);
    void informer.synced.then(() => informer.isSynced && onKindListed(resource));
    informer.start();
    return followed;
  }

  #syncedWithin(informer: Informer, delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(delayMs, resolve);
      void informer.synced.then(() => {
        cancel();
        resolve();
      });
    });
  }

  /** undefined: that cannot be known now. */
  async #holdsOurs(resource: ServedResource): Promise<boolean | undefined> {
    const { member, log } = this.#options;
    const path = `${collectionPath(resource)}?${new URLSearchParams({ labelSelector: OURS, limit: '1' })}`;
    const signal = AbortSignal.timeout(SEARCH_DEADLINE_MS);
    try {
      const response = await member.request({ method: 'GET', path, signal });
      if (response.status === 200) return (response.body as { items: readonly unknown[] }).items.length > 0;
      if (response.status === 401 || response.status === 429) requireAnswer(response, `list ${path}`);
      log.warn({ path, refusal: refusalOf(response) }, 'kind cannot be searched for what is ours, trying again later');
    } catch (error) {
      if (!signal.aborted) throw error;
      log.warn({ path }, 'kind gives no answer, searching it again later');
    }
    return undefined;
  }

  #put(object: KubeObject): void {
    const { live, onChanged } = this.#options;
    if (!live.known(object)) onChanged(live.put(toLiveEntry(object)));
  }

  #gone(entry: LiveEntry): void {
    this.#options.onChanged(this.#options.live.leave(entry));
  }

  #listed(resource: ServedResource, present: ReadonlySet<string>): void {
    const { live, onChanged } = this.#options;
    const missing = [...live.all].filter(
      (entry) => entry.kind === resource.kind && entry.group === resource.group && !present.has(entry.memberUid),
    );
    for (const entry of missing) onChanged(live.remove(entry.key, entry.memberUid));
  }
}

const idOf = (resource: ServedResource): string => `${apiVersionOf(resource)}/${resource.kind}`;

/** Pods are followed all of them. */
const isSearchable = ({ verbs, plural }: ServedResource): boolean =>
  verbs.includes('list') && verbs.includes('watch') && plural !== 'pods';

/** Items of a list carry neither apiVersion nor kind. */
const complete = (object: KubeObject, resource: ServedResource): KubeObject => ({
  ...object,
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
});
