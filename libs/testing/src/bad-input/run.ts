import { Agent, request } from 'undici';
import { waitUntil } from '../contracts/wait-until.ts';
import { type Attempt, attemptOf, collectionOf, firstObjects, POISON, RULES } from './attempts.ts';
import { MAKERS, type Manifest } from './manifests.ts';
import { differenceOf, exactly, faultOf, type Said, wishOf } from './verdict.ts';

const IN_FLIGHT = 16;
const PORTION = 250;
const ARRIVE_MS = 20_000;
const HUB_ONLY = ['kubectl.kubernetes.io/last-applied-configuration', 'skerry.dev/retry', 'skerry.dev/withdraw'];

/** What was taken and has to arrive in the members as it is. */
interface Taken {
  readonly attempt: Attempt;
  readonly uid: string;
  readonly path: string;
  readonly wish: any;
}

const CANARY = 'calm';

/** A hub with its members, as an administrator sees both. */
export interface Sea {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  /** an object of each member as text, so that its numbers are as they are written; undefined: it is not there */
  readonly members: readonly ((path: string) => Promise<string | undefined>)[];
  /** whether an object of the attempts' namespace has to be in all members, as it was written */
  readonly arrives: (path: string) => boolean;
  /** what is wrong with the services, one line each */
  readonly unhealthy: () => readonly string[];
}

type Request = Pick<Attempt, 'method' | 'path' | 'headers' | 'body'>;

/** Sends attempts at a hub and holds what becomes of each against what has to. */
export class BadInputRun {
  readonly faults: string[] = [];
  readonly #counts = { taken: 0, refused: 0, placed: 0, refusedByMembers: 0, canaries: 0, parked: 0 };
  readonly #sea: Sea;
  readonly #agent: Agent;
  #canary = 0;
  readonly #paths = new Set<string>();

  private constructor(sea: Sea) {
    this.#sea = sea;
    this.#agent = new Agent({ connect: { ca: sea.ca }, connections: IN_FLIGHT });
  }

  /** Makes what the healthy Deployments beside the attempts need. */
  static async start(sea: Sea): Promise<BadInputRun> {
    const run = new BadInputRun(sea);
    await run.put(MAKERS['Namespace']!(CANARY, ''));
    const spec = { selects: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] };
    const metadata = { name: 'everything', namespace: CANARY };
    await run.put({ apiVersion: 'skerry.dev/v1alpha1', kind: 'PlacementPolicy', metadata, spec });
    return run;
  }

  get summary(): string {
    return JSON.stringify(this.#counts);
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  /** An object that has to be taken. */
  async put(object: Manifest): Promise<void> {
    const path = `${collectionOf(object)}/${object['metadata'].name}?fieldManager=test&force=true`;
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const { status, text } = await this.#send({ method: 'PATCH', path, headers, body: JSON.stringify(object) });
    if (status >= 300) throw new Error(`${path}: ${status} ${text}`);
  }

  /** All attempts of a range, in portions; what they need is made first. */
  async makeAll({ seed, from, count }: { seed: number; from: number; count: number }): Promise<void> {
    for (const object of firstObjects()) await this.put(object);
    for (let at = from; at < from + count; at += PORTION) {
      const size = Math.min(PORTION, from + count - at);
      await this.make(Array.from({ length: size }, (_, index) => attemptOf(seed, at + index)));
    }
    await this.settle();
  }

  /** Makes attempts, some at once; a healthy Deployment beside them has to arrive. Policies among them go afterwards. */
  async make(attempts: readonly Attempt[]): Promise<void> {
    const taken: Taken[] = [];
    const policies: string[] = [];
    const left = [...attempts];
    const canary = this.#sendCanary();
    await Promise.all(
      Array.from({ length: IN_FLIGHT }, async () => {
        for (let attempt = left.shift(); attempt; attempt = left.shift()) {
          const said = await this.#makeOne(attempt);
          const one = await this.#stored(attempt, said);
          if (one) taken.push(one);
          if (attempt.collection?.startsWith('/apis/skerry.dev/') && said.status < 300 && attempt.isObject) {
            policies.push(pathOf(attempt, said));
          }
        }
      }),
    );
    await this.#arrive(taken);
    await canary;
    this.#parkedAre(await this.#read('/skerry/v1/parked'));
    await Promise.all(policies.map((path) => this.#send({ method: 'DELETE', path, headers: {} })));
  }

  /** Everything that was parked is free again once the policies are gone, and every service is well. */
  async settle(): Promise<void> {
    const look = { holds: async () => (await this.#read('/skerry/v1/parked')).length === 0, deadlineMs: 20_000 };
    await waitUntil('nothing is parked any more', look).catch(async (error: unknown) => {
      this.faults.push(`${String(error)}: ${JSON.stringify(await this.#read('/skerry/v1/parked')).slice(0, 2_000)}`);
    });
    for (const line of this.#sea.unhealthy()) this.faults.push(`unhealthy: ${line}`);
  }

  /** What is parked is the poison's own, and says why. */
  #parkedAre(parked: readonly any[]): void {
    for (const { namespace, name, reason } of parked) {
      this.#counts.parked += 1;
      if (namespace !== RULES || !reason) this.faults.push(`parked in ${namespace}: ${name}: ${reason}`);
    }
  }

  async #makeOne(attempt: Attempt): Promise<Said> {
    const said = await this.#send(attempt).catch((error: unknown) => ({
      status: 599,
      text: String(error),
      warnings: '',
    }));
    const fault = faultOf(attempt, said);
    if (fault !== undefined) this.#fault(attempt, `${fault}: ${said.text}`);
    this.#counts[said.status < 400 ? 'taken' : 'refused'] += 1;
    return said;
  }

  /** What is read is what was written. Of an apply that found an object it is not known what to expect any more. */
  async #stored(attempt: Attempt, said: Said): Promise<Taken | undefined> {
    if (said.status !== 201 || !attempt.isObject || said.warnings !== '') return undefined;
    const { text } = said;
    const { metadata } = JSON.parse(text) as Manifest;
    const path = pathOf(attempt, said);
    if (this.#paths.has(path)) return undefined;
    this.#paths.add(path);
    const read = await this.#send({ ...attempt, method: 'GET', path, body: undefined });
    if (read.status !== 200) return void this.#fault(attempt, `read back with ${read.status}: ${read.text}`);
    const sent = exactly(String(attempt.body));
    const difference = differenceOf(wishOf(withKind(sent, text)), wishOf(exactly(read.text)));
    if (difference !== undefined) return void this.#fault(attempt, `stored otherwise: ${difference}`);
    return { attempt, uid: metadata.uid, path, wish: sent };
  }

  async #arrive(taken: readonly Taken[]): Promise<void> {
    const endMs = performance.now() + ARRIVE_MS;
    let left = taken.filter(({ path }) => path.includes(`/namespaces/${POISON}/`) && this.#sea.arrives(path));
    for (;;) {
      const still: Taken[] = [];
      for (const one of left) if (!(await this.#hasArrived(one))) still.push(one);
      left = still;
      if (left.length === 0) return;
      if (performance.now() > endMs) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const parked = await this.#read('/skerry/v1/parked');
    for (const { attempt, uid, path } of left) {
      const reason = parked.find((one: any) => one.key.endsWith(uid))?.reason;
      if (reason === undefined) this.#fault(attempt, `${path} did not arrive: ${await this.#placement(path)}`);
      else this.#fault(attempt, `${path} is parked: ${reason}`);
    }
  }

  async #placement(path: string): Promise<string> {
    const [group, resource, name] = partsOf(path);
    const body = await this.#read(`/skerry/v1/placements/${group}/${resource}/${POISON}/${name}`);
    return JSON.stringify(body.clusters ?? body).slice(0, 600);
  }

  async #hasArrived({ attempt, path, wish }: Taken): Promise<boolean> {
    const found = await Promise.all(this.#sea.members.map((textOf) => textOf(path)));
    if (wish.metadata?.annotations?.['skerry.dev/withdraw'] === 'true') return found.every((one) => one === undefined);
    if (found.some((one) => one === undefined)) return this.#isRefusedByMembers(path);
    for (const text of found) {
      const difference = differenceOf(rendered(wish, text!), rendered(exactly(text!), text!));
      if (difference !== undefined) this.#fault(attempt, `rendered otherwise: ${difference}`);
    }
    this.#counts.placed += 1;
    return true;
  }

  async #isRefusedByMembers(path: string): Promise<boolean> {
    const [group, resource, name] = partsOf(path);
    const body = await this.#read(`/skerry/v1/placements/${group}/${resource}/${POISON}/${name}`);
    const refused = body.clusters?.filter((one: any) => one.state === 'Refused' && one.message) ?? [];
    if (refused.length < this.#sea.members.length) return false;
    this.#counts.refusedByMembers += 1;
    return true;
  }

  async #sendCanary(): Promise<void> {
    const name = `web-${this.#canary++}`;
    const object = MAKERS['Deployment']!(name, CANARY);
    await this.put(object);
    const path = `${collectionOf(object)}/${name}`;
    for (const textOf of this.#sea.members) {
      const look = { holds: async () => (await textOf(path)) !== undefined, deadlineMs: 10_000 };
      await waitUntil(`${name} arrives beside the others`, look).catch((error: unknown) => {
        this.faults.push(String(error));
      });
    }
    this.#counts.canaries += 1;
  }

  async #read(path: string): Promise<any> {
    return JSON.parse((await this.#send({ method: 'GET', path, headers: {} })).text);
  }

  async #send({ method, path, headers, body }: Request): Promise<Said> {
    const answer = await request(`${this.#sea.url}${path}`, {
      method: method as 'GET',
      dispatcher: this.#agent,
      headers: { ...headers, authorization: `Bearer ${this.#sea.token}` },
      body: body ?? null,
      headersTimeout: 10_000,
      bodyTimeout: 10_000,
    });
    return {
      status: answer.statusCode,
      text: await answer.body.text(),
      warnings: String(answer.headers['warning'] ?? ''),
    };
  }

  #fault({ index, what, method, path, body }: Attempt, why: string): void {
    const sent = body === undefined ? '' : ` ${Buffer.from(body).toString('utf8').slice(0, 600)}`;
    this.faults.push(`#${index} ${what}: ${why.slice(0, 500)}\n   ${method} ${path.slice(0, 200)}${sent}`);
  }
}

const pathOf = ({ collection }: Attempt, { text }: Said): string =>
  `${collection}/${encodeURIComponent((JSON.parse(text) as Manifest)['metadata'].name)}`;

/** Group, resource and name of an object in a namespace. */
const partsOf = (path: string): [string, string, string] => {
  const parts = path.split('/').slice(1);
  const group = parts[0] === 'api' ? 'core' : parts[1]!;
  return [group, parts.at(-2)!, parts.at(-1)!];
};

/** A manifest need not name its kind: the path does. */
const withKind = (sent: any, answer: string): any => {
  const { apiVersion, kind } = JSON.parse(answer) as Manifest;
  return { apiVersion, kind, ...sent };
};

/** What a member has to hold of a wish: its own marks aside, without what is the hub's, with the count that it was told. */
const rendered = (wish: any, text: string): any => {
  const { finalizers: _f, ownerReferences: _o, labels, ...metadata } = wish.metadata ?? {};
  const { 'skerry.dev/managed': _m, ...own } = labels ?? {};
  const without = ['skerry.dev/uid', ...HUB_ONLY];
  const made = wishOf({ ...withKind(wish, text), metadata: { ...metadata, labels: own } }, { without });
  if (!/^(Deployment|StatefulSet)$/.test(made.kind)) return made;
  return { ...made, spec: { ...made.spec, replicas: made.spec?.replicas ?? 'number 1' } };
};
