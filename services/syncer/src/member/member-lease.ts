import { TransientFailure } from '@skerry/kernel/errors';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Member } from '@skerry/ports/member/member';
import type { Log } from '@skerry/runtime/telemetry/log';
import { refusalOf, requireAnswer } from './kube-calls.ts';

export const LEASE_NAMESPACE = 'skerry-system';
const LEASE_NAME = 'skerry-syncer';
const DURATION_MS = 15_000;
const RENEW_MS = 5_000;
/** what the last term was told of the hub; kept here because it must survive syncer and hub alike */
const INCARNATION_ANNOTATION = 'skerry.dev/incarnation';
const THROUGH_ANNOTATION = 'skerry.dev/through';

interface LeaseObject {
  metadata: { resourceVersion: string; annotations?: Record<string, string> };
  spec: { holderIdentity?: string; leaseTransitions?: number; renewTime?: string };
}

/** Of another incarnation it says nothing of this one: a program of before it was kept may have changed the one and not the other. */
const throughOf = ({ metadata }: LeaseObject, incarnation: string): number => {
  const [of, position] = (metadata.annotations?.[THROUGH_ANNOTATION] ?? '').split('/');
  const through = Number(position);
  return of === incarnation && Number.isSafeInteger(through) ? through : 0;
};

export interface MemberLeaseOptions {
  readonly member: Member;
  readonly clock: Clock;
  readonly log: Log;
  /** the same after a restart of the same installation, so that it need not wait for itself */
  readonly holder: string;
  /** what this syncer has of the hub: up to which position of which incarnation's store */
  readonly followed: () => { readonly incarnation: string; readonly through: number };
  readonly onElected: (term: number) => void;
  readonly onLost: () => void;
  /** the lease is older than it was: the member was restored from a backup */
  readonly onRewound: () => void;
}

/**
 * One syncer acts per cluster. The lease lives in the member, so it works without the hub; whether it still holds is asked
 * of the monotonic clock before every change, so a syncer that was stopped for a while changes nothing when it wakes up.
 */
export class MemberLease {
  readonly #options: MemberLeaseOptions;
  #term = 0;
  #holds = false;
  #validUntilMs = -Infinity;
  #seen: { text: string; atMs: number } | undefined;
  #incarnation = '';
  #through = 0;
  /** resourceVersion of the lease as it was read or written last */
  #version = '';
  /** of the lease as it was read or written last */
  #last: { readonly transitions: number; readonly renewedMs: number } | undefined;
  /** of all terms that were seen here */
  #highest = 0;
  #running = false;
  #cancel: () => void = () => {};

  constructor(options: MemberLeaseOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#running = true;
    await this.#beat();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel();
    if (this.#holds) await this.#giveBack().catch((error: unknown) => this.#warn(error));
    this.#holds = false;
  }

  /** Read first: what a renewal on its way has written would refuse it, and the next one would wait until it runs out. */
  async #giveBack(): Promise<void> {
    const { spec } = await this.#read();
    if (spec.holderIdentity === this.#options.holder) await this.#write({ holderIdentity: '' });
  }

  get term(): number {
    return this.#term;
  }

  /** True while nobody else can hold it. */
  get isHeld(): boolean {
    return this.#holds && this.#options.clock.monotonicMs() < this.#validUntilMs;
  }

  /** The hub's incarnation that a syncer of this cluster last worked for; empty when none did. */
  get incarnation(): string {
    return this.#incarnation;
  }

  /** The position of that incarnation's store up to which a syncer of this cluster has followed it, as of a few seconds ago. */
  get through(): number {
    return this.#through;
  }

  async rememberIncarnation(incarnation: string): Promise<void> {
    if (this.#incarnation === incarnation) return;
    if (!this.isHeld) throw new TransientFailure('the lease of the cluster is not held');
    this.#incarnation = incarnation;
    this.#through = 0;
    await this.#write({ holderIdentity: this.#options.holder });
  }

  async #beat(): Promise<void> {
    try {
      await (this.#holds ? this.#renew() : this.#acquire());
    } catch (error) {
      this.#warn(error);
    }
    if (this.#holds && !this.isHeld) this.#lose();
    const delayMs = this.#holds ? RENEW_MS : 1_000;
    if (this.#running) this.#cancel = this.#options.clock.after(delayMs, () => void this.#beat());
  }

  async #renew(): Promise<void> {
    const { spec } = await this.#read();
    if (spec.holderIdentity !== this.#options.holder || (spec.leaseTransitions ?? 0) !== this.#term)
      return this.#lose();
    await this.#write({ holderIdentity: this.#options.holder });
  }

  async #acquire(): Promise<void> {
    const lease = await this.#read();
    const { holderIdentity, leaseTransitions, renewTime } = lease.spec;
    const text = `${holderIdentity}/${leaseTransitions}/${renewTime}`;
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#seen?.text !== text) this.#seen = { text, atMs: nowMs };
    const free = !holderIdentity || holderIdentity === this.#options.holder || nowMs - this.#seen.atMs >= DURATION_MS;
    if (!free) return;
    // A term must never come a second time, also when the lease was lost or went back to a backup: the hub would take reports
    // of the new one for old news. Seconds are above every term that was given before, whoever gave it.
    const seconds = Math.floor(this.#options.clock.now().getTime() / 1_000);
    this.#term = Math.max(leaseTransitions ?? 0, this.#term, this.#highest, seconds) + 1;
    this.#incarnation = lease.metadata.annotations?.[INCARNATION_ANNOTATION] ?? '';
    this.#through = throughOf(lease, this.#incarnation);
    await this.#write({ holderIdentity: this.#options.holder });
    this.#holds = true;
    this.#options.log.info({ term: this.#term }, 'lease of the cluster taken');
    this.#options.onElected(this.#term);
  }

  /** Makes namespace and lease where they are missing. */
  async #read(): Promise<LeaseObject> {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${LEASE_NAMESPACE}/leases`;
    const response = requireAnswer(
      await this.#options.member.request({ method: 'GET', path: `${path}/${LEASE_NAME}` }),
      'read the lease',
    );
    if (response.status === 200) return this.#compare(response.body as LeaseObject);
    if (response.status !== 404) throw new TransientFailure(`read the lease: ${refusalOf(response).message}`);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: LEASE_NAMESPACE } };
    await this.#options.member.request({ method: 'POST', path: '/api/v1/namespaces', body: JSON.stringify(namespace) });
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: LEASE_NAME, namespace: LEASE_NAMESPACE },
      spec: {},
    };
    const made = await this.#options.member.request({ method: 'POST', path, body: JSON.stringify(body) });
    if (made.status !== 201) throw new TransientFailure(`make the lease: ${refusalOf(made).message}`);
    return this.#compare(made.body as LeaseObject);
  }

  /**
   * Watches cannot tell: after a restore the server's versions begin again below those that were seen, and a watch from a
   * version of the future hears nothing. The lease is written every few seconds, so an older one is an older member.
   */
  #compare(lease: LeaseObject): LeaseObject {
    const { leaseTransitions: transitions = 0, renewTime } = lease.spec;
    const now = { transitions, renewedMs: renewTime === undefined ? 0 : Date.parse(renewTime) };
    const before = this.#last;
    this.#last = now;
    this.#version = lease.metadata.resourceVersion;
    this.#highest = Math.max(this.#highest, transitions);
    if (before === undefined) return lease;
    // Within a term one holder writes, so its clock is compared with itself alone.
    const isOlder =
      now.transitions < before.transitions ||
      (now.transitions === before.transitions && now.renewedMs < before.renewedMs);
    if (isOlder) this.#options.onRewound();
    return lease;
  }

  /**
   * Only over the lease that was seen last, also when it is renewed: who was stopped between reading and writing would take
   * it back from another who has it by then, and both would act.
   */
  async #write({ holderIdentity }: { holderIdentity: string }): Promise<void> {
    const { member, clock, followed } = this.#options;
    const { incarnation, through } = followed();
    if (incarnation === this.#incarnation) this.#through = Math.max(this.#through, through);
    const askedMs = clock.monotonicMs();
    const path = `/apis/coordination.k8s.io/v1/namespaces/${LEASE_NAMESPACE}/leases/${LEASE_NAME}`;
    const renewTime = clock
      .now()
      .toISOString()
      .replace(/\.(\d{3})Z$/, '.$1000Z');
    const body = JSON.stringify({
      metadata: {
        resourceVersion: this.#version,
        annotations: {
          [INCARNATION_ANNOTATION]: this.#incarnation,
          [THROUGH_ANNOTATION]: `${this.#incarnation}/${this.#through}`,
        },
      },
      spec: { holderIdentity, leaseDurationSeconds: DURATION_MS / 1_000, leaseTransitions: this.#term, renewTime },
    });
    const response = await member.request({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body });
    if (response.status !== 200) throw new TransientFailure(`write the lease: ${refusalOf(response).message}`);
    this.#validUntilMs = askedMs + DURATION_MS;
    this.#version = (response.body as LeaseObject).metadata.resourceVersion;
    this.#last = { transitions: this.#term, renewedMs: Date.parse(renewTime) };
  }

  #lose(): void {
    this.#holds = false;
    this.#options.log.warn({ term: this.#term }, 'lease of the cluster lost');
    this.#options.onLost();
  }

  #warn(error: unknown): void {
    this.#options.log.warn({ error }, 'lease of the cluster could not be written');
  }
}
