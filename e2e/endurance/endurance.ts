import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../simulation/world/random.ts';
import { openNamespace } from '../support/attacked-fleet.ts';
import { ChangeStream } from '../support/change-stream.ts';
import { eventually } from '../support/fleet.ts';
import { namespace, policy } from '../support/objects.ts';
import type { FleetMember, SeparateFleet } from '../support/separate-fleet.ts';
import { changeOf, COPIED, DIVIDED, type Wanted } from './changes.ts';
import { doubledIn } from './doubled.ts';
import { drawFaults, FAULTS, type Site } from './faults.ts';
import type { History } from './history.ts';
import { holdingsOf, leftOverIn, lostIn, missingIn, unfinishedAt } from './left-behind.ts';
import { MemoryWatch } from './memory.ts';

export interface EnduranceOptions {
  readonly fleet: SeparateFleet;
  readonly clusters: readonly string[];
  readonly seed: number;
  readonly minutes: number;
  readonly faultEverySeconds: number;
  readonly history: History;
  /** where the processes write what they hold, see `collectingInto` */
  readonly memoryFile: string;
  /** ends it before its time: what is under way is mended first, and it throws */
  readonly stopping: AbortSignal;
}

/** One of the questions that a run answers; no findings: passed. */
export interface Verdict {
  readonly name: string;
  readonly findings: readonly string[];
}

const PER_SECOND = 5;
/** Until a client gives a change up: longer than any fault lasts. */
const PATIENCE_MS = 120_000;
const ANSWERED_WITHIN_MS = 45_000;
const READY_WITHIN_MS = 60_000;
const ARRIVED_WITHIN_MS = 60_000;
/** Moves wait for evidence over a soak of 25 s each, and one may wait for another. */
const SETTLED_WITHIN_MS = 240_000;
const LOOK_EVERY_MS = 1_000;
/** In the first part of a run anything may be ended; then the first of each service lives on, to watch its memory. */
const ENDING_SHARE = 0.25;

/** Runs for so long, then settles and judges. */
export const endure = async (options: EnduranceOptions): Promise<Verdict[]> => {
  const { fleet, seed, history } = options;
  await openNamespace(fleet, COPIED);
  for (const object of [namespace(DIVIDED), policy(DIVIDED, {})]) {
    const { status, body } = await fleet.api.apply(object);
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  }
  const changes = new ChangeStream({
    ...{ api: fleet.api, perSecond: PER_SECOND, patienceMs: PATIENCE_MS },
    commandOf: (number) => changeOf(seed, number).command,
  });
  const memory = new MemoryWatch(fleet.processes, options.memoryFile);
  const looking = setInterval(() => memory.look(), LOOK_EVERY_MS);
  try {
    const broken = await attack(options, changes);
    await changes.stop();
    history.note(
      'faults ended',
      `${changes.acknowledged} of ${changes.sent} changes answered, ${changes.retried} repeated`,
    );
    const settled = await settle(options, changes);
    const { findings: doubled, events } = await doubledIn(fleet.postgres.url);
    const grown = memory.judge();
    for (const line of grown.lines) history.note('memory', line);
    history.note('events', String(events));
    return [
      { name: 'every process lives, and recovers from every fault', findings: broken },
      { name: '0 lost', findings: [...changes.lost.map(({ name, why }) => `${name}: ${why}`), ...settled.lost] },
      { name: '0 doubled', findings: doubled },
      { name: '0 left over', findings: settled.leftOver },
      { name: 'memory does not grow', findings: grown.findings },
    ];
  } finally {
    clearInterval(looking);
    await changes.stop();
  }
};

const attack = async (options: EnduranceOptions, changes: ChangeStream): Promise<string[]> => {
  const { fleet, clusters, seed, minutes, faultEverySeconds, history, stopping } = options;
  const untilSecond = (second: number): Promise<unknown> =>
    pause(Math.max(0, (second - history.seconds) * 1_000), undefined, { signal: stopping });
  const findings: string[] = [];
  const random = new Random(seed, 'faults');
  const names = drawFaults(random);
  const ending = (): boolean => history.seconds < minutes * 60 * ENDING_SHARE;
  const mayEnd = (one: FleetMember): boolean => ending() || !one.name.endsWith('-1');
  const site: Site = { fleet, clusters, random, mayEnd, ended: new Set() };
  const looking = setInterval(() => findings.push(...raiseTheDead(site, history)), LOOK_EVERY_MS);
  try {
    for (
      let second = faultEverySeconds / 2;
      second < minutes * 60 - faultEverySeconds / 4;
      second += faultEverySeconds
    ) {
      await untilSecond(second);
      const name = names.next().value;
      const failed = await inject(options, { site, name, changes });
      if (failed !== undefined) findings.push(`${name} at ${Math.round(second)} s: ${failed}`);
    }
    await untilSecond(minutes * 60);
  } finally {
    clearInterval(looking);
  }
  return findings;
};

/** A fault and the way back; answers what did not come back. */
const inject = async (
  options: EnduranceOptions,
  { site, name, changes }: { site: Site; name: string; changes: ChangeStream },
): Promise<string | undefined> => {
  const { fleet, history } = options;
  const begunMs = performance.now();
  const since = (): string => `${((performance.now() - begunMs) / 1_000).toFixed(1)} s`;
  try {
    const done = await FAULTS[name]!(site);
    const mended = since();
    const before = changes.acknowledged;
    await eventually('changes are answered', async () => changes.acknowledged > before + 5, ANSWERED_WITHIN_MS);
    const answered = since();
    await Promise.all(fleet.processes.map((one) => one.ready(READY_WITHIN_MS)));
    const ready = since();
    await arrived(options, changes);
    const after = `over after ${mended}, answered by ${answered}, all ready by ${ready}, arrived by ${since()}`;
    history.note(name, `${done}; ${after}`);
    return undefined;
  } catch (error) {
    const unready = await unreadyOf(fleet);
    history.note(name, `NOT MENDED after ${since()}: ${String(error)} ${unready}`);
    history.keep(`metrics-${Math.round(history.seconds)}`, await metricsOf(fleet));
    return `${String(error)} ${unready}`;
  }
};

/** That changes are answered and all say that they are ready is not enough: what was answered must reach every member. */
const arrived = async ({ fleet, clusters, seed }: EnduranceOptions, changes: ChangeStream): Promise<void> => {
  const wanted = wantedOf(seed, changes);
  let missing: string[] = [];
  const look = async (): Promise<boolean> => {
    missing = missingIn(await holdingsOf(fleet, { clusters, wanted }));
    return missing.length === 0;
  };
  await eventually('changes reach every member', look, ARRIVED_WITHIN_MS).catch((error: unknown) => {
    throw new Error(`${missing.length} changes not in every member, among them ${missing[0]}`, { cause: error });
  });
};

const wantedOf = (seed: number, changes: ChangeStream): Map<string, Wanted | undefined> =>
  new Map([...changes.answered].map(([name, number]) => [name, changeOf(seed, number).wanted]));

const metricsOf = async (fleet: SeparateFleet): Promise<string> => {
  const answers = await Promise.all(
    fleet.processes.map(async (one) => [
      `# ${one.name}`,
      (await one.ask('/healthz')).text,
      (await one.ask('/metrics')).text,
    ]),
  );
  return answers.flat().join('\n');
};

const unreadyOf = async (fleet: SeparateFleet): Promise<string> => {
  const answers = await Promise.all(fleet.processes.map(async (one) => ({ one, ...(await one.ask('/readyz')) })));
  return answers
    .filter(({ status }) => status !== 200)
    .map(({ one, status, text }) => `${one.name}: ${status} ${text.trim()}`)
    .join('; ');
};

/** What a supervisor does, and says, since nobody asked them to end. */
const raiseTheDead = ({ fleet, ended }: Site, history: History): string[] =>
  fleet.processes
    .filter((one) => !one.isRunning && !ended.has(one))
    .map((one) => {
      const said = `${one.name} ended by itself: ${one.saidLast()}`;
      history.note('ended', said);
      one.start();
      return said;
    });

const settle = async (
  { fleet, clusters, seed, history }: EnduranceOptions,
  changes: ChangeStream,
): Promise<{ readonly lost: string[]; readonly leftOver: string[] }> => {
  const wanted = wantedOf(seed, changes);
  const begunMs = performance.now();
  let found = { lost: ['nothing could be asked'], leftOver: [] as string[] };
  const look = async (): Promise<boolean> => {
    const holdings = await holdingsOf(fleet, { clusters, wanted });
    found = { lost: lostIn(holdings), leftOver: [...leftOverIn(holdings), ...(await unfinishedAt(fleet))] };
    return found.lost.length + found.leftOver.length === 0;
  };
  const isSettled = await eventually('the fleet is as it was told', look, SETTLED_WITHIN_MS).catch(() => false);
  const count = `${found.lost.length} lost, ${found.leftOver.length} left over`;
  history.note('settled', `${isSettled} after ${Math.round((performance.now() - begunMs) / 1_000)} s, ${count}`);
  return found;
};
