import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { INSTALLATION, readProcesses } from '@skerry/all-in-one/fleet/processes';
import { type Members, startMembers } from '@skerry/local/members/start-members';
import { locate } from '@skerry/native/locate';
import { readCommands } from '../support/read-commands.ts';

const PAGE = 'docs/how-to/run-a-fleet.md';
/** What this cannot type, and why. */
const NOT_TYPED: readonly (readonly [RegExp, string])[] = [
  [/docker compose|^export SKERRY_SECRETS|--host gateway|top --once/, 'needs containers that run'],
  [/clusters join|fleet syncer/, 'asks a hub, and no program runs in the pods here'],
];

/** helm waits five minutes for a job that no pod can be made for. */
const TYPED_WITHIN_MS = 90_000;

/** A real control plane with scheduler, controllers and admission; kwok plays the nodes, so pods run and no program in them does. */
describe('the page "run the hub as separate services", in a real cluster whose nodes are played', () => {
  let members: Members;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  const type = (command: string): string => {
    const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
      cwd: folder,
      encoding: 'utf8',
      env,
      timeout: TYPED_WITHIN_MS,
    });
    expect([command, status, status === 0 ? '' : stderr]).toEqual([command, 0, '']);
    return stdout;
  };

  beforeAll(async () => {
    const { kubectl, helm } = await locate(['kubectl', 'helm']);
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-install-')));
    chmodSync(folder, 0o755); // else, as root, etcd's user could not get in
    for (const name of ['bin', 'deploy']) symlinkSync(join(INSTALLATION, name), join(folder, name));
    mkdirSync(join(folder, 'path'));
    symlinkSync(kubectl.path, join(folder, 'path', 'kubectl'));
    symlinkSync(helm.path, join(folder, 'path', 'helm'));
    members = await startMembers({ dir: join(folder, 'members'), members: ['castle'] });
    const { NODE_OPTIONS: _jest, ...others } = process.env;
    const PATH = `${join(folder, 'path')}${delimiter}${process.env['PATH']}`;
    env = { ...others, PATH, HOME: folder, KUBECONFIG: members.member('castle').kubeconfig('admin') };
  }, 600_000);
  afterAll(async () => {
    await members?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('makes the secrets, and installs a hub and a syncer of which every pod runs under the strictest admission', () => {
    const commands = readCommands(join(INSTALLATION, PAGE)).map(({ text }) => text);
    const typed = commands.filter((command) => !NOT_TYPED.some(([pattern]) => pattern.test(command)));
    expect(typed.map((command) => command.split(' ', 2).join(' '))).toEqual([
      'bin/skerry fleet',
      'kubectl create',
      'for folder',
      'helm install',
      'helm install',
    ]);
    for (const command of typed) {
      type(command);
      if (command.startsWith('bin/skerry fleet'))
        writeFileSync(join(folder, 'secrets', 'owner', 'database-url'), 'postgres://owner:x@db.example:5432/skerry');
      if (command.startsWith('kubectl create'))
        type('kubectl label namespace skerry pod-security.kubernetes.io/enforce=restricted');
      if (command.includes('syncers[0]')) type('kubectl get deployment syncer-syncer-north -n skerry -o name');
    }
    type('kubectl wait --for=condition=Available deployment --all -n skerry --timeout=60s');
    const processes = readProcesses().processes.filter((one) => !one.perCluster);
    const deployments = JSON.parse(type('kubectl get deployments -n skerry -o json')).items as any[];
    const running = deployments.map(({ metadata, status }) => `${metadata.name} ${status.readyReplicas}`).sort();
    const listed = processes.map(({ name, instances }) => `hub-${name} ${instances}`);
    expect(running).toEqual([...listed, 'syncer-syncer-north 2'].sort());
    const secrets = type('kubectl get secrets -n skerry -o name');
    for (const { name } of processes) expect(secrets).toContain(`secret/skerry-${name}\n`);
    expect(secrets).not.toContain('skerry-admin');
  }, 180_000);
});
