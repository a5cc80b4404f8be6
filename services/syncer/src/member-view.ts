import type { Clock } from '@skerry/ports/clock/clock';
import type { Member } from '@skerry/ports/member/member';
import type { Log } from '@skerry/runtime/telemetry/log';
import { followCore } from './core-informers.ts';
import { FollowedKinds } from './followed-kinds.ts';
import { LiveState } from './live-state.ts';
import { discover, ServedKinds } from './member/discovery.ts';
import type { Informer } from './member/informer.ts';
import type { ServedResource } from './member/kube-calls.ts';
import { ClusterPortrait } from './portrait.ts';

export interface MemberViewOptions {
  readonly cluster: string;
  readonly member: Member;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** hub uids whose live object or count changed */
  readonly onChanged: (uids: readonly string[]) => void;
  /** what the cluster serves has changed */
  readonly onKinds: () => void;
  /** a kind has been listed for the first time */
  readonly onKindListed: (resource: ServedResource) => void;
}

const DISCOVERY_MS = 30_000;
const DISCOVERY_SOON_MS = 300;
const READY_DEADLINE_MS = 4_000;

/** What is known of the member: which kinds it serves, what of ours lives there, the pods behind it, its size. */
export class MemberView {
  readonly live = new LiveState();
  readonly kinds = new ServedKinds();
  readonly #portrait = new ClusterPortrait();
  readonly #options: MemberViewOptions;
  readonly #followed: FollowedKinds;
  #informers: Informer[] = [];
  #version = '';
  #askedSoon = false;
  #stopped = false;

  constructor(options: MemberViewOptions) {
    this.#options = options;
    this.#followed = new FollowedKinds({ ...options, live: this.live });
  }

  /** Resolves when everything of ours that can be listed has been listed once, or when it is stopped meanwhile. */
  async start(): Promise<void> {
    await this.#discover();
    await this.#followed.findMarked(this.kinds);
    if (this.#stopped) return;
    if (this.#informers.length === 0) {
      this.#informers = followCore({ ...this.#options, live: this.live, portrait: this.#portrait });
    }
    await Promise.all(this.#informers.map((informer) => informer.synced));
    this.#discoverLater();
  }

  stop(): void {
    this.#stopped = true;
    this.#followed.stop();
    for (const informer of this.#informers) informer.stop();
  }

  /** Everything is listed anew: the member goes on from an older state of its own. */
  relist(): void {
    this.live.forgetVersions();
    this.#followed.relist();
    for (const informer of this.#informers) informer.relist();
  }

  /** Empty when the kind has been listed; otherwise, after a few seconds, why it has not. */
  follow(resource: ServedResource): Promise<string> {
    return this.#followed.follow(resource);
  }

  /** Everything of ours that lives in the cluster is known. */
  get isWhole(): boolean {
    return this.#followed.isWhole(this.kinds);
  }

  /** For an object whose kind is not served, or after a CRD was applied: several askers share one look. */
  askDiscovery(): void {
    if (this.#askedSoon) return;
    this.#askedSoon = true;
    this.#options.clock.after(DISCOVERY_SOON_MS, () => {
      this.#askedSoon = false;
      this.#lookAgain();
    });
  }

  /** For what must not go by what was served a while ago. */
  refreshKinds(): Promise<void> {
    return this.#discover();
  }

  describe() {
    return this.#portrait.describe({ cluster: this.#options.cluster, kinds: this.kinds, version: this.#version });
  }

  async askReady(): Promise<{ apiReady: boolean; reason: string }> {
    try {
      const signal = AbortSignal.timeout(READY_DEADLINE_MS);
      const { status } = await this.#options.member.request({ method: 'GET', path: '/readyz', signal });
      return { apiReady: status === 200, reason: status === 200 ? '' : `/readyz answered ${status}` };
    } catch (error) {
      return { apiReady: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #discover(): Promise<void> {
    const { member, onKinds } = this.#options;
    if (this.kinds.set(await discover(member))) onKinds();
    const version = await member.request({ method: 'GET', path: '/version' });
    this.#version = (version.body as { gitVersion?: string }).gitVersion ?? '';
  }

  #discoverLater(): void {
    this.#options.clock.after(DISCOVERY_MS, () => {
      if (this.#stopped) return;
      this.#lookAgain();
      this.#discoverLater();
    });
  }

  /** Also for what is ours in kinds that were not served, or not to us, when this syncer began. */
  #lookAgain(): void {
    void this.#discover()
      .then(() => this.#followed.findMarked(this.kinds))
      .catch((error: unknown) => this.#warn(error));
  }

  #warn(error: unknown): void {
    this.#options.log.warn({ cluster: this.#options.cluster, error }, 'discovery failed');
  }
}
