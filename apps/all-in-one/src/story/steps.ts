import { TerminalFailure } from '@skerry/kernel/errors';
import type { HubApi, HubObject } from '../api/hub-api.ts';
import type { DemoMember } from '../up/members.ts';

/** What a step of the story may use: the hub as its users have it, and each member as its administrator has it. */
export interface Stage {
  readonly api: HubApi;
  readonly members: readonly DemoMember[];
  readonly application: readonly HubObject[];
  readonly policies: readonly HubObject[];
}

export interface Step {
  readonly title: string;
  /** does something, then waits until the members hold what they should */
  readonly play: (stage: Stage) => Promise<void>;
}

export const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const STORE = '/apis/apps/v1/namespaces/shop/statefulsets/store';
const SETTINGS = '/api/v1/namespaces/shop/configmaps/web-settings';
const NAMESPACE = '/api/v1/namespaces/shop';
const POLICY = '/apis/skerry.dev/v1alpha1/namespaces/shop/placementpolicies/web';

const STEP_DEADLINE_MS = 75_000;
const LOOK_EVERY_MS = 100;

/** Looks until it is so; what was seen last is in the message of the failure. */
export const until = async (what: string, look: () => Promise<string>): Promise<void> => {
  const endMs = performance.now() + STEP_DEADLINE_MS;
  let seen = await look();
  while (seen !== '') {
    if (performance.now() > endMs)
      throw new Error(`${what}: not within ${STEP_DEADLINE_MS / 1_000} s; last seen: ${seen}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    seen = await look();
  }
};

const must = (answer: { status: number; body: any }, what: string): void => {
  if (answer.status >= 300)
    throw new Error(`${what}: the hub answered ${answer.status}: ${answer.body?.message ?? ''}`);
};

const webReady = async (stage: Stage): Promise<{ name: string; replicas: number; ready: number; image: string }[]> =>
  Promise.all(
    stage.members.map(async (member) => {
      const web = await member.get(WEB);
      const image = web?.spec.template.spec.containers[0].image ?? '';
      return {
        name: member.join.name,
        replicas: web?.spec.replicas ?? 0,
        ready: web?.status?.readyReplicas ?? 0,
        image,
      };
    }),
  );

/** Empty when every cluster of `wanted` has that many ready and the others have none. */
const compare = async (stage: Stage, wanted: Readonly<Record<string, number>>): Promise<string> => {
  const seen = await webReady(stage);
  const wrong = seen.filter(
    ({ name, replicas, ready }) => replicas !== (wanted[name] ?? 0) || ready !== (wanted[name] ?? 0),
  );
  return wrong.length === 0 ? '' : seen.map(({ name, replicas, ready }) => `${name} ${ready}/${replicas}`).join(', ');
};

const even = (stage: Stage, each: number): Record<string, number> =>
  Object.fromEntries(stage.members.map((member) => [member.join.name, each]));

const scale = async (stage: Stage, replicas: number): Promise<void> => {
  const type = 'application/merge-patch+json';
  must(await stage.api.call('PATCH', WEB, { body: { spec: { replicas } }, type }), `scale to ${replicas}`);
  await until(`${replicas} ready in all`, () => compare(stage, even(stage, replicas / stage.members.length)));
};

const apply: Step = {
  title: 'apply the application; it runs in all three clusters',
  play: async (stage) => {
    for (const object of [...stage.application, ...stage.policies])
      must(await stage.api.apply(object), `apply ${object.kind}`);
    await until('6 web servers ready', () => compare(stage, even(stage, 2)));
    await until('the store is ready in every cluster', async () => {
      const stores = await Promise.all(stage.members.map((member) => member.get(STORE)));
      const late = stores.filter((store) => (store?.status?.readyReplicas ?? 0) !== 2).length;
      return late === 0 ? '' : `${late} clusters are not ready`;
    });
    await until('the hub says Available', async () => {
      const { body } = await stage.api.call('GET', WEB);
      const available = body.status?.conditions?.find((one: any) => one.type === 'Available');
      return available?.status === 'True' && body.status.readyReplicas === 6 ? '' : (available?.message ?? 'no status');
    });
  },
};

const editImage: Step = {
  title: 'edit the image; all clusters roll over',
  play: async (stage) => {
    const image = 'registry.example/shop/web:1.1';
    const web = stage.application.find(({ kind }) => kind === 'Deployment') as any;
    const edited = structuredClone(web);
    edited.spec.template.spec.containers[0].image = image;
    must(await stage.api.apply(edited), 'edit the image');
    await until('the new image everywhere', async () => {
      const seen = await webReady(stage);
      return seen.every((one) => one.image === image && one.ready === 2) ? '' : JSON.stringify(seen);
    });
  },
};

const repairDrift: Step = {
  title: 'edit and delete by hand in a member; both are repaired',
  play: async (stage) => {
    const [member] = stage.members;
    await member!.patch(SETTINGS, { data: { colour: 'red' } });
    await member!.remove(STORE);
    await until('the ConfigMap is as it was', async () => {
      const settings = await member!.get(SETTINGS);
      return settings?.data.colour === 'green' ? '' : `colour is ${settings?.data.colour}`;
    });
    await until('the StatefulSet is back', async () =>
      (await member!.get(STORE))?.status?.readyReplicas === 2 ? '' : 'it is not ready',
    );
  },
};

const move: Step = {
  title: 'edit the policy; the web servers move without losing a copy',
  play: async (stage) => {
    const [first, second, third] = stage.members.map((member) => member.join.name) as [string, string, string];
    const clusters = { exclude: [first] };
    const type = 'application/merge-patch+json';
    must(await stage.api.call('PATCH', POLICY, { body: { spec: { clusters } }, type }), 'edit the policy');
    await until(`all web servers in ${second} and ${third}`, async () => {
      const seen = await webReady(stage);
      const ready = seen.reduce((sum, one) => sum + one.ready, 0);
      if (ready < 6) throw new Error(`only ${ready} of 6 were ready during the move`);
      return compare(stage, { [second]: 3, [third]: 3 });
    });
  },
};

const remove: Step = {
  title: 'delete the namespace; everything goes',
  play: async (stage) => {
    must(await stage.api.call('DELETE', NAMESPACE), 'delete the namespace');
    await until('nothing is left in the members', async () => {
      const left = await Promise.all(stage.members.map((member) => member.get(NAMESPACE)));
      const names = stage.members.filter((_, index) => left[index] !== undefined).map((member) => member.join.name);
      return names.length === 0 ? '' : `namespace is still there in ${names.join(', ')}`;
    });
    await until('no withdrawal is left', async () => {
      const { body } = await stage.api.call('GET', '/skerry/v1/withdrawals');
      return body.length === 0 ? '' : `${body.length} withdrawals wait`;
    });
  },
};

/** Apply, scale 6 → 12 → 6, edit, drift, move, delete: each step is checked against what the clusters hold. */
export const STORY: readonly Step[] = [
  apply,
  { title: 'scale from 6 to 12', play: (stage) => scale(stage, 12) },
  { title: 'scale from 12 to 6', play: (stage) => scale(stage, 6) },
  editImage,
  repairDrift,
  move,
  remove,
];

/** Plays all steps; throws at the first that fails, naming it. */
export const playStory = async (stage: Stage, report: (line: string) => void): Promise<void> => {
  for (const [index, step] of STORY.entries()) {
    const startMs = performance.now();
    try {
      await step.play(stage);
    } catch (error) {
      throw new TerminalFailure(
        `step ${index + 1} failed (${step.title}): ${error instanceof Error ? error.message : String(error)}`,
        { code: 'story', cause: error },
      );
    }
    report(`${index + 1}/${STORY.length} ${step.title} — ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
  }
};
