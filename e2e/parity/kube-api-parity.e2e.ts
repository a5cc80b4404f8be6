import { setTimeout as delay } from 'node:timers/promises';
import { type AllowedDifference, allowedDifferences } from './allowed-differences.ts';
import { applyScenarios } from './cases/apply.ts';
import { createScenarios } from './cases/create.ts';
import { deleteScenarios } from './cases/delete.ts';
import { ownershipScenarios } from './cases/ownership.ts';
import { readScenarios } from './cases/read.ts';
import { updateScenarios } from './cases/update.ts';
import { closeConnections, send, type Target } from './client.ts';
import { differences } from './differences.ts';
import { gadgetDefinition } from './objects.ts';
import { normaliseUidTimeVersionAddress } from './normalise.ts';
import { type OurApiserver, startOurApiserver } from './our-apiserver.ts';
import { type RealApiserver, startRealApiserver } from './real-apiserver.ts';
import type { Category, KeptBody, Scenario, Step } from './step.ts';

const scenarios = [
  ...createScenarios,
  ...updateScenarios,
  ...applyScenarios,
  ...ownershipScenarios,
  ...readScenarios,
  ...deleteScenarios,
];
const leastRequests = 150;
const leastPerCategory = 10;
const required: readonly Category[] = [
  'create',
  'update conflict',
  'apply: atomic',
  'apply: set',
  'apply: map',
  'apply: conflict',
  'apply: force',
  'apply: give up',
  'apply: version',
  'selector list',
  'continue',
  'watch after a cut',
  'delete precondition',
  'finalizer',
];

let real: RealApiserver;
let ours: OurApiserver;
const occurred = new Set<AllowedDifference>();

beforeAll(async () => {
  real = await startRealApiserver();
  ours = await startOurApiserver();
  for (const target of [real, ours]) {
    await mustSend(target, { title: 'definition', method: 'POST', path: definitions, body: gadgetDefinition });
    await untilServed(target);
  }
}, 900_000);

afterAll(async () => {
  closeConnections();
  await ours?.stop();
  await real?.stop();
}, 60_000);

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

async function mustSend(target: Target, step: Step, namespace = ''): Promise<void> {
  const { status, body } = await send(target, { step, namespace, kept: {} });
  if (status >= 300) throw new Error(`${step.title}: ${status} ${JSON.stringify(body)}`);
}

async function untilServed(target: Target): Promise<void> {
  const step: Step = { title: 'served', method: 'GET', path: '/apis/parity.skerry.dev/v1/gadgets' };
  const deadline = Date.now() + 20_000;
  while ((await send(target, { step, namespace: '', kept: {} })).status !== 200) {
    if (Date.now() > deadline) throw new Error('the custom kind was not served within 20 s');
    await delay(100);
  }
}

function nameOf(scenario: Scenario, step: Step): string {
  return `${scenario.name} / ${step.title}`;
}

/** Runs the scenario against both servers and answers every difference that is not allowed. */
async function run(scenario: Scenario): Promise<string[]> {
  const namespace = scenario.name.replaceAll(/[^a-z]+/g, '-');
  for (const target of [real, ours]) {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await mustSend(target, { title: 'namespace', method: 'POST', path: '/api/v1/namespaces', body });
  }
  const kept: [Record<string, KeptBody>, Record<string, KeptBody>] = [{}, {}];
  const found: string[] = [];
  for (const step of scenario.steps) {
    const [mine, theirs] = await Promise.all([
      send(ours, { step, namespace, kept: kept[0] }),
      send(real, { step, namespace, kept: kept[1] }),
    ]);
    if (step.keep !== undefined) [kept[0][step.keep], kept[1][step.keep]] = [mine.body, theirs.body];
    if (step.category === null && mine.status >= 300) found.push(`${step.title}: ${JSON.stringify(mine.body)}`);
    if (step.category === null) continue;
    const request = nameOf(scenario, step);
    for (const difference of differences(
      normaliseUidTimeVersionAddress(mine),
      normaliseUidTimeVersionAddress(theirs),
    )) {
      const allowed = allowedDifferences.find((entry) => entry.request === request && entry.path === difference.path);
      if (allowed === undefined) found.push(`${request}: ${show(difference)}`);
      else occurred.add(allowed);
    }
  }
  return found;
}

function show({ path, ours: mine, theirs }: { path: string; ours: unknown; theirs: unknown }): string {
  return `${path}: ours ${JSON.stringify(mine)?.slice(0, 600)}, Kubernetes ${JSON.stringify(theirs)?.slice(0, 600)}`;
}

describe('kube-api answers as kube-apiserver does', () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    async (_name, scenario) => {
      expect(await run(scenario)).toEqual([]);
    },
    120_000,
  );

  it('compares enough requests of every kind', () => {
    const counts = new Map<Category, number>();
    for (const scenario of scenarios) {
      for (const step of scenario.steps) {
        const category = step.category === undefined ? scenario.category : step.category;
        if (category !== null) counts.set(category, (counts.get(category) ?? 0) + 1);
      }
    }
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${total} requests compared: ${[...counts].map(([name, count]) => `${name} ${count}`).join(', ')}`);
    expect(total).toBeGreaterThanOrEqual(leastRequests);
    expect(required.filter((category) => (counts.get(category) ?? 0) < leastPerCategory)).toEqual([]);
  });

  it('allows few differences, each of which still occurs', () => {
    expect(allowedDifferences.length).toBeLessThanOrEqual(15);
    const gone = allowedDifferences.filter((entry) => !occurred.has(entry));
    expect(gone.map((entry) => `${entry.request}: ${entry.path}`)).toEqual([]);
  });
});
