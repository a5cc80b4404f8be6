import { CRASH_POINTS, type CrashPoint } from '@skerry/kernel/crash-points';
import { applyAll, eventually, type Fleet, liveIn, startFleet } from '../support/fleet.ts';
import { KillableHub } from '../support/killable-hub.ts';
import { namespace, policy } from '../support/objects.ts';
import { type Acknowledged, runCommands } from '../support/retrying-client.ts';

const KILLS = 20;
const CLIENTS = 4;
const COMMANDS = 300;
const SEED = 20_261_122;

/** mulberry32 */
const seeded = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

describe('a hub that is killed again and again', () => {
  let fleet: Fleet;
  let hub: KillableHub;
  beforeAll(async () => {
    fleet = await startFleet();
    const spec = { selects: [{ apiVersion: '*', kind: '*' }], division: { strategy: 'Duplicated' } };
    await applyAll(fleet, [namespace('crash'), policy('crash', {}, spec)]);
    const { dir, postgres, nats, credentials } = fleet.platform;
    await fleet.platform.syncers.stop();
    await fleet.platform.hub.stop();
    hub = new KillableHub({
      dir,
      databaseUrl: postgres.url,
      nats: { url: nats.url, users: nats.users },
      logLevel: 'warn',
    });
    expect(credentials.kubeconfigPath).toContain(dir);
    await hub.start();
  }, 180_000);
  afterAll(async () => {
    await hub?.kill();
    await fleet?.close();
  }, 60_000);

  it(`keeps every acknowledged command through ${KILLS} kills with commands in flight (seed ${SEED})`, async () => {
    const flying = new Set<string>();
    const turns = new Turns();
    const logs: Acknowledged[] = [];
    const clients = Array.from({ length: CLIENTS }, (_, index) => {
      const log: Acknowledged = new Map();
      logs.push(log);
      const onFlight = (command: string, flies: boolean): void =>
        void (flies ? flying.add(command) : flying.delete(command));
      const options = {
        api: () => fleet.platform.api,
        namespace: 'crash',
        name: `client-${index}`,
        random: seeded(SEED + index),
        log,
        turn: () => turns.take(),
        onFlight,
      };
      return runCommands(options, COMMANDS / CLIENTS);
    });
    const kills: { point: CrashPoint; reached: boolean; inFlight: string[] }[] = [];
    while (kills.length < KILLS) {
      const point = CRASH_POINTS[kills.length % CRASH_POINTS.length]!;
      const reached = await (point === 'mid-snapshot'
        ? killAtStart(hub, { turns, flying })
        : killAt(hub, { point, turns }));
      // what was not answered when it died is still being repeated
      kills.push({ point, reached, inFlight: [...flying] });
      process.stderr.write(
        `kill ${kills.length} ${point} ${reached ? 'reached' : 'not reached'}, in flight: ${[...flying].join('; ')}\n`,
      );
      await hub.start();
    }
    await Promise.all(clients);
    for (const point of CRASH_POINTS) {
      expect(
        kills.filter((kill) => kill.point === point && kill.reached && kill.inFlight.length > 0).length,
      ).toBeGreaterThanOrEqual(1);
    }
    expect(kills.filter((kill) => kill.inFlight.length > 0)).toHaveLength(KILLS);
    for (const log of logs) {
      for (const [path, value] of log) {
        for (const member of fleet.members) {
          await eventually(`${path} is ${value ?? 'gone'} in ${member.name}`, async () => {
            const live = await liveIn(member, path);
            if (value === undefined) return live === undefined;
            return live !== undefined && (live.data?.value ?? String(live.spec?.replicas)) === value;
          });
        }
      }
    }
    expect(logs.reduce((sum, log) => sum + log.size, 0)).toBeGreaterThan(12);
  }, 600_000);
});

const PER_KILL = COMMANDS / KILLS;

/** Lets commands through one by one, so that the kills fall among them. */
class Turns {
  #free = 0;
  readonly #waiting: (() => void)[] = [];

  async take(): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  give(count: number): void {
    for (let turn = 0; turn < count; turn += 1) {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

/** Arms the point, lets the next commands go, and waits for the death. */
const killAt = async (hub: KillableHub, { point, turns }: { point: CrashPoint; turns: Turns }): Promise<boolean> => {
  let dead = false;
  let left = PER_KILL;
  const give = (count: number): void => {
    turns.give(Math.min(count, left));
    left -= Math.min(count, left);
  };
  const killed = hub.killAt(point, { deadlineMs: 20_000, onHeld: () => give(CLIENTS) }).finally(() => (dead = true));
  // one after another, so that some command is on its way whenever the point is reached
  const isHeld = point === 'mid-apply' || point === 'before-relay';
  while (left > (isHeld ? CLIENTS : 0)) {
    give(1);
    if (!dead) await Promise.race([killed, new Promise((resolve) => setTimeout(resolve, 15))]);
  }
  await killed;
  give(left);
  return killed;
};

/** Kills the running hub, then kills the next one in the middle of reading its state. */
const killAtStart = async (
  hub: KillableHub,
  { turns, flying }: { turns: Turns; flying: ReadonlySet<string> },
): Promise<boolean> => {
  turns.give(PER_KILL);
  await eventually('a command is in flight', async () => flying.size > 0, 15_000);
  await hub.kill();
  return (await hub.start('mid-snapshot')) === undefined;
};
