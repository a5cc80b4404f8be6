import type { MemberRequest, MemberResponse } from '@skerry/ports/member/member';
import type { SyncerInstance } from '../world/fleet.ts';
import { NAMESPACE, UID } from '../world/objects.ts';
import type { Mutation } from '../world/member-link.ts';
import type { Desired, Entry } from './ledger.ts';
import type { Facts } from './promise.ts';

interface Applied {
  readonly body: string;
  readonly atMs: number;
  /** by that process */
  readonly by: string;
}

const UNSEEN: Mutation = { answered: () => {}, received: () => {} };
const REPAIRS = 3;
const REPAIR_WINDOW_MS = 600_000;
/** One more may be under way when it is noticed. */
const REPAIRS_ALLOWED = REPAIRS + 1;

/** What syncers ask of their members, against what they were told and what lives there. */
export class MemberPromises {
  readonly #facts: Facts;
  /** by `<cluster>/<uid>`: the last body that the member took, whoever sent it */
  readonly #applied = new Map<string, Applied>();
  /** by process, cluster and uid: when somebody else's fields were written over */
  readonly #forced = new Map<string, number[]>();
  /** by `<cluster>/<uid>`: version of the desired stream that was applied last */
  readonly #versions = new Map<string, number>();
  /** how often the hub was restored */
  #restores = 0;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  asked(by: SyncerInstance, request: MemberRequest): Mutation {
    const path = request.path.split('?')[0]!;
    if (!path.includes(`/namespaces/${NAMESPACE}/`)) return UNSEEN;
    if (request.method === 'DELETE') return this.#deletes(by, { ...request, path });
    if (request.method === 'PATCH') return this.#applies(by, request);
    return UNSEEN;
  }

  /** The hub is another one: what was applied for the one before says nothing of its order. */
  hubRestored(): void {
    this.#versions.clear();
    this.#restores += 1;
  }

  memberRestored(cluster: string): void {
    for (const map of [this.#applied, this.#versions])
      for (const key of map.keys()) if (key.startsWith(`${cluster}/`)) map.delete(key);
  }

  /** P3 and P8: nothing goes that the hub has not withdrawn by uid, and nothing at all before a person has spoken. */
  #deletes({ process, cluster }: SyncerInstance, { path, body = '{}' }: MemberRequest): Mutation {
    const { ledger, verdicts, orders } = this.#facts;
    const { preconditions } = JSON.parse(body) as { preconditions?: { uid?: string } };
    const [kind, name] = path.split('/').slice(-2);
    const uid = this.#hubUidOf(cluster, preconditions?.uid);
    if (preconditions?.uid === undefined)
      verdicts.broken('law: by uid', `${kind}/${name} in ${cluster} is deleted by its name, whatever its uid is`);
    // another object, or none: the member refuses
    if (uid === undefined) return UNSEEN;
    const place = `${cluster}/${uid}`;
    const last = ledger.desired.last(place)?.data;
    // it may not have heard yet that the object is wanted again
    const obeyed = this.#versions.get(place) ?? 0;
    const withdrawal = ledger.desired
      .of(place)
      .find(({ data, row }) => data.kind === 'withdrawn' && row.version >= obeyed);
    const where = `${kind}/${name} (${uid.slice(0, 8)}) in ${cluster}`;
    if (orders.waitsForPerson(cluster))
      verdicts.broken('P8', `${where} is deleted after a restore that no person has confirmed`);
    else if (!withdrawal)
      verdicts.broken('law: absence never deletes', `${where} is deleted, its last order is ${last?.kind ?? 'none'}`);
    const restores = this.#restores;
    return {
      answered: ({ status }) => {
        if (status >= 300 || !withdrawal) return;
        // one that was on its way while the hub was restored obeyed the hub before it
        if (restores === this.#restores) this.#versions.set(place, withdrawal.row.version);
        // what is wanted there later is another
        this.#forced.delete(`${process.name}/${place}`);
      },
      received: () => {},
    };
  }

  #applies(by: SyncerInstance, { path, body: sentBody = '' }: MemberRequest): Mutation {
    const { ledger, verdicts, orders } = this.#facts;
    const { cluster } = by;
    const sent = JSON.parse(sentBody) as {
      kind: string;
      metadata: { name: string; annotations?: Record<string, string>; resourceVersion?: string };
    };
    // the condition that nothing has its name is the syncer's own
    const { resourceVersion: _condition, ...metadata } = sent.metadata;
    const object = { ...sent, metadata };
    const body = JSON.stringify(object);
    const uid = object.metadata.annotations?.[UID] ?? '';
    const place = `${cluster}/${uid}`;
    const where = `${object.kind} ${object.metadata.name} (${uid.slice(0, 8)}) in ${cluster}`;
    const rows = ledger.desired.of(place);
    const told = rows.filter(({ data }) => bodyOf(data) === body);
    if (told.length === 0 && orders.restoredMs === undefined)
      verdicts.broken('P8', `${where}: a body is applied that it was never told`);
    this.#neverBack({ place, where, told });
    if (orders.waitsForPerson(cluster) && this.#lives(cluster, uid)?.lowersTo(body))
      verdicts.broken('P8', `${where} is lowered after a restore that no person has confirmed`);
    this.#isNews(by, { place, where, body });
    // until its answer has come nobody knows what is so
    this.#applied.delete(place);
    const asked = { place, where, body, force: path.includes('force=true') };
    let atMs = 0;
    return {
      answered: (response) => {
        atMs = this.#facts.nowMs();
        this.#answered(by, { ...asked, response });
      },
      received: ({ status }) => {
        if (status < 300) this.#applied.set(place, { body, atMs, by: by.process.name });
      },
    };
  }

  /** Several orders may be alike: which of them is meant only the syncer knows, so the earliest that it may be. */
  #neverBack({ place, where, told }: { place: string; where: string; told: readonly Entry<Desired>[] }): void {
    const before = this.#versions.get(place) ?? 0;
    const version = (told.find(({ row }) => row.version >= before) ?? told.at(-1))?.row.version;
    if (version === undefined) return;
    if (version < before)
      this.#facts.verdicts.broken('P8', `${where}: order ${version} is applied after order ${before}`);
    this.#versions.set(place, Math.max(version, before));
  }

  /** P9: what is so already is not asked for again. */
  #isNews(
    { process, cluster }: SyncerInstance,
    { place, where, body }: { place: string; where: string; body: string },
  ): void {
    const applied = this.#applied.get(place);
    if (applied?.body !== body || applied.by !== process.name) return;
    const [, uid] = place.split('/');
    const living = [...(this.#facts.running(cluster).objects.get(uid!)?.values() ?? [])];
    const isTouched = living.length === 0 || living.some(({ touchedMs }) => touchedMs >= applied.atMs);
    if (!isTouched) this.#facts.verdicts.broken('P9', `${where}: the same is applied again, and nobody has touched it`);
  }

  #answered(
    { process }: SyncerInstance,
    asked: { place: string; where: string; force: boolean; response: MemberResponse },
  ): void {
    const { place, where, force, response } = asked;
    if (response.status >= 300) return;
    const atMs = this.#facts.nowMs();
    if (!force) return;
    const key = `${process.name}/${place}`;
    const recent = (this.#forced.get(key) ?? []).filter((at) => atMs - at < REPAIR_WINDOW_MS);
    recent.push(atMs);
    this.#forced.set(key, recent);
    const fights = recent.filter((at) => atMs - at < 60_000);
    if (fights.length > REPAIRS_ALLOWED)
      this.#facts.verdicts.broken('P11', `${where} was written over ${fights.length} times in a minute`);
  }

  #hubUidOf(cluster: string, memberUid: string | undefined): string | undefined {
    for (const [uid, living] of this.#facts.running(cluster).objects)
      for (const { object } of living.values()) if (object.metadata.uid === memberUid) return uid;
    return undefined;
  }

  #lives(cluster: string, uid: string): { lowersTo: (body: string) => boolean } | undefined {
    const living = [...(this.#facts.running(cluster).objects.get(uid)?.values() ?? [])].at(0);
    const runs = (living?.object['spec'] as { replicas?: number } | undefined)?.replicas;
    if (runs === undefined) return undefined;
    return {
      lowersTo: (body) => ((JSON.parse(body) as { spec?: { replicas?: number } }).spec?.replicas ?? runs) < runs,
    };
  }
}

const bodies = new WeakMap<object, string>();

/** What an order asks to apply, as the text that it comes to. */
const bodyOf = (data: Desired): string | undefined => {
  if (data.kind !== 'desired') return undefined;
  const { body } = data.desired;
  if (body?.at.case !== 'inline') return undefined;
  const known = bodies.get(body);
  if (known !== undefined) return known;
  const text = JSON.stringify(JSON.parse(new TextDecoder().decode(body.at.value)));
  bodies.set(body, text);
  return text;
};
