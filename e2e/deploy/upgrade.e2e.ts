import { execFile, execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { INSTALLATION } from '@skerry/all-in-one/fleet/processes';
import { Database } from '@skerry/adapters/postgres/database';
import { inMember, openNamespace, pathOfNote } from '../support/attacked-fleet.ts';
import { eventually } from '../support/fleet.ts';
import { readCommands } from '../support/read-commands.ts';
import { type SeparateFleet, startSeparateFleet } from '../support/separate-fleet.ts';

const NAMESPACE = 'upgraded';
const PAGE = join(INSTALLATION, 'docs', 'how-to', 'upgrade.md');

let fleet: SeparateFleet;
beforeAll(async () => {
  fleet = await startSeparateFleet({ instances: 1, clusters: ['north'] });
  await openNamespace(fleet, NAMESPACE);
  symlinkSync(join(INSTALLATION, 'bin'), join(fleet.dir, 'bin'));
  writeFileSync(join(fleet.dir, 'secrets', 'owner', 'database-url'), fleet.postgres.url, { mode: 0o600 });
}, 180_000);
afterAll(() => fleet?.close(), 60_000);

/** With owners and times: PostgreSQL's files belong to a user of their own where the tests run as root. */
const copy = (from: string, to: string): void => void execFileSync('cp', ['-a', from, to]);

/**
 * PostgreSQL as it is brought here has no client programs, and no cluster here runs the pods of a chart: what those commands
 * do is done by hand. The commands for the cluster run in chart.e2e.ts, against a real API server.
 */
const doneByHand = (): readonly [begins: string, work: () => Promise<unknown>][] => {
  const { postgres } = fleet;
  const backup = `${postgres.dataDir}-backup`;
  return [
    [
      'pg_dump ',
      async () => {
        await postgres.stop();
        copy(postgres.dataDir, backup);
        await postgres.restart();
      },
    ],
    ['helm upgrade ', () => newerSchema()],
    ['kubectl get ', async () => undefined],
    ['kubectl delete ', () => Promise.all(fleet.processes.map((one) => one.stop()))],
    ['kubectl wait ', async () => expect(fleet.processes.filter((one) => one.isRunning)).toEqual([])],
    ['psql ', async () => undefined],
    [
      'pg_restore ',
      async () => {
        await postgres.stop();
        rmSync(postgres.dataDir, { recursive: true });
        copy(backup, postgres.dataDir);
        await postgres.restart();
      },
    ],
    [
      'helm rollback ',
      () =>
        Promise.all(
          fleet.processes.map(async (one) => {
            one.start();
            await one.ready();
          }),
        ),
    ],
  ];
};

/** The job of the next version. */
const newerSchema = async (): Promise<void> => {
  const database = new Database({ connectionString: fleet.postgres.url, maxConnections: 1 });
  const text = "INSERT INTO schema_versions (version, name) SELECT max(version) + 1, 'next' FROM schema_versions";
  await database.rows('upgrading', { text });
  await database.close();
};

/** The balancer before the gateways is in this process: nothing here may wait for a command without letting it work. */
const typed = async (command: string): Promise<string> => {
  const { NODE_OPTIONS: _jest, SKERRY_KUBECONFIG: _none, ...env } = process.env;
  return (await promisify(execFile)('bash', ['-c', command], { cwd: fleet.dir, env })).stdout;
};

/** The commands of the page in which it stands, up to and with the one that begins so; answers what the last one said. */
const commands = readCommands(PAGE).map(({ text }) => text);
const runTo = async (begin: string): Promise<string> => {
  const by = doneByHand();
  for (;;) {
    const command = commands.shift();
    if (command === undefined) throw new Error(`the page has no command that begins with ${begin}`);
    const hand = by.find(([begins]) => command.startsWith(begins));
    const said = hand ? String(await hand[1]()) : await typed(command);
    if (command.startsWith(begin)) return said;
  }
};

const apply = async (name: string): Promise<void> => {
  const metadata = { name, namespace: NAMESPACE };
  const answers = async (): Promise<boolean> => {
    const answer = await fleet.api
      .apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' } })
      .catch(() => undefined);
    return answer !== undefined && answer.status < 300;
  };
  await eventually(`${name} is taken`, answers);
};
const arrives = (name: string): Promise<unknown> =>
  eventually(`${name} is in north`, () => inMember(fleet, 'north', pathOfNote(NAMESPACE, name)));

describe('the page about upgrades', () => {
  it('is true of a store that a newer version has changed, and leads back to the old one without losing what runs', async () => {
    await apply('before');
    await arrives('before');
    await runTo('cp -a secrets');
    expect(await runTo('helm upgrade ')).toBe('undefined');
    expect(await runTo('bin/skerry --kubeconfig secrets/admin/kubeconfig top')).toContain('scheduler');

    // an old process that runs goes on, and one that restarts meanwhile does not
    await apply('between');
    await arrives('between');
    const [scheduler] = fleet.of('scheduler');
    await scheduler!.stop();
    scheduler!.start();
    await eventually('it has ended', async () => !scheduler!.isRunning);
    expect(await scheduler!.stop()).toBe(1);
    expect(scheduler!.saidLast()).toContain('the store has schema 7, this program knows up to 6');

    await runTo('helm rollback ');
    expect(await runTo('bin/skerry --kubeconfig secrets/admin/kubeconfig orphans')).toContain('between');
    await runTo('bin/skerry --kubeconfig secrets/admin/kubeconfig confirm restore');
    expect(commands).toEqual([]);
    await apply('after');
    await arrives('after');
    for (const name of ['before', 'between']) await arrives(name);
  }, 240_000);
});
