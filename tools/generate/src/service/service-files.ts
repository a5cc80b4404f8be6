import type { NewFile } from '../changes.ts';
import type { Names } from '../names.ts';

/** The files of a service, in the shape that all have. */
export const serviceFiles = (names: Names): NewFile[] => {
  const { kebab } = names;
  const texts: Record<string, string> = {
    'package.json': packageJson(names),
    'tsconfig.json': TSCONFIG,
    'README.md': readme(names),
    'src/main.ts': main(names),
    [`src/${kebab}.config.ts`]: config(names),
    [`src/${kebab}.module.ts`]: moduleOf(names),
    [`src/${kebab}.subscriptions.ts`]: subscriptions(names),
    [`src/${kebab}-state.ts`]: state(names),
    'src/decide-object.worker.ts': worker(names),
    [`src/${kebab}.service.ts`]: service(names),
    [`src/${kebab}.service.spec.ts`]: spec(names),
  };
  return Object.entries(texts).map(([path, text]) => ({ path: `services/${kebab}/${path}`, text }));
};

const packageJson = ({ kebab }: Names): string => {
  const own = ['boot', 'domain', 'runtime'].map((name) => [`@skerry/${name}`, '0.1.0']);
  return JSON.stringify({
    name: `@skerry/${kebab}`,
    version: '0.1.0',
    private: true,
    license: 'Apache-2.0',
    type: 'module',
    exports: { './*': { source: './src/*.ts', types: './dist/*.d.ts', default: './dist/*.js' } },
    dependencies: { '@nestjs/common': '12.5.1', ...Object.fromEntries(own) },
  });
};

const TSCONFIG = JSON.stringify({
  extends: '../../tsconfig.base.json',
  references: ['boot', 'domain', 'runtime'].map((name) => ({ path: `../../libs/${name}` })),
});

const readme = ({ kebab, words }: Names): string => `# ${kebab}

Decides … of ${words}. Reads \`manifest\`; owns nothing yet. Promises: …

\`${kebab}.subscriptions.ts\` says what it reads, \`${kebab}-state.ts\` folds it, \`decide-object.worker.ts\` decides about one object.
`;

const main = ({ kebab, camel, pascal }: Names): string => `import { runHubService } from '@skerry/boot/run-hub-service';
import { ${camel}Settings } from './${kebab}.config.ts';
import { ${pascal}Module } from './${kebab}.module.ts';
import { ${pascal}Service } from './${kebab}.service.ts';

await runHubService({
  name: '${kebab}',
  settings: ${camel}Settings,
  module: ${pascal}Module,
  service: ${pascal}Service,
});
`;

const config = ({ camel }: Names): string => `import { hubSettings } from '@skerry/boot/process-settings';

/** What this service can be told by its environment: what every service of the hub can, and nothing of its own. */
export const ${camel}Settings = hubSettings;
`;

const moduleOf = ({ kebab, pascal }: Names): string => `import { Module } from '@nestjs/common';
import { ${pascal}Service } from './${kebab}.service.ts';

/** Expects WORLD from a global module. */
@Module({ providers: [${pascal}Service], exports: [${pascal}Service] })
export class ${pascal}Module {}
`;

const subscriptions = ({
  constant,
}: Names): string => `import { wholeCategories } from '@skerry/runtime/consumer/channel-selection';

/** Objects; beside them what it owns, once it owns something. */
export const ${constant}_CHANNELS = wholeCategories('manifest');
`;

const state = ({
  pascal,
  kebab,
}: Names): string => `import type { Folded } from '@skerry/runtime/service/decision-service';

/** What \`${kebab}\` folds: the generation of each object that is there, by uid. */
export class ${pascal}State {
  readonly generations = new Map<string, number>();

  /** Answers the keys that have to be looked at again. */
  fold({ event, row }: Folded): Iterable<string> {
    switch (event.type) {
      case 'ManifestStored':
        this.generations.set(row.uid, Number(event.data.generation));
        return [row.uid];
      case 'ManifestDeleted':
        this.generations.delete(row.uid);
        return [row.uid];
      default:
        return [];
    }
  }
}
`;

const worker = ({
  pascal,
  kebab,
}: Names): string => `import type { WorkOutcome } from '@skerry/runtime/service/decision-service';
import type { ${pascal}State } from './${kebab}-state.ts';

/** Decides about one object, from state only; undefined: what was decided last still holds. */
export const decideObject = (state: ${pascal}State, uid: string): WorkOutcome | undefined => {
  if (!state.generations.has(uid)) return undefined;
  return undefined;
};
`;

const service = ({
  kebab,
  pascal,
  constant,
}: Names): string => `import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DecisionService, type World } from '@skerry/runtime/service/decision-service';
import type { ServiceHealth } from '@skerry/runtime/service/service-health';
import { WORLD } from '@skerry/runtime/service/tokens';
import { ${pascal}State } from './${kebab}-state.ts';
import { ${constant}_CHANNELS } from './${kebab}.subscriptions.ts';
import { decideObject } from './decide-object.worker.ts';

export const ${constant} = '${kebab}';

/** Several instances may run: they meet at the streams' versions. */
@Injectable()
export class ${pascal}Service implements OnApplicationBootstrap, OnApplicationShutdown, ServiceHealth {
  readonly decisions: DecisionService;
  readonly state = new ${pascal}State();

  constructor(@Inject(WORLD) world: World) {
    this.decisions = new DecisionService({
      name: ${constant},
      world,
      selection: ${constant}_CHANNELS,
      fold: (folded) => this.state.fold(folded),
      decide: async (uid) => decideObject(this.state, uid),
      leased: false,
    });
  }

  get failure(): unknown {
    return this.decisions.failure;
  }

  get unhealthy(): string | undefined {
    return this.decisions.unhealthy;
  }

  get ready(): boolean {
    return this.decisions.ready;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.decisions.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.decisions.stop();
  }
}
`;

const spec = ({ kebab, pascal, words }: Names): string => `import { MemoryBus } from '@skerry/adapters/memory/bus';
import { createMemoryStore, type MemoryStore } from '@skerry/adapters/memory/store';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { encodeEvent } from '@skerry/domain/codec';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { appendOf, eventOf } from '@skerry/testing/builders/append';
import { ${pascal}Service } from './${kebab}.service.ts';

let clock: VirtualClock;
let store: MemoryStore;
let service: ${pascal}Service;
beforeEach(async () => {
  clock = new VirtualClock();
  store = createMemoryStore({ clock });
  const ports = { store: store.events, bus: new MemoryBus({ clock }), leases: store.leases };
  service = new ${pascal}Service({ ...ports, clock, log: silentLog, holder: 'test' });
});
afterEach(() => service.onApplicationShutdown());

const append = async (type: 'ManifestStored' | 'ManifestDeleted', generation = 1): Promise<void> => {
  const data = type === 'ManifestStored' ? encodeEvent(type, { generation: BigInt(generation) }) : encodeEvent(type, {});
  await store.events.append(appendOf([eventOf('manifest-u1', { type, data, uid: 'u1' })]));
};

const started = async (): Promise<void> => {
  await service.onApplicationBootstrap();
  await clock.advanceAsync(3_000);
};

describe('the service for ${words}', () => {
  it('looks at every object that is there when it starts, and at what changes', async () => {
    await append('ManifestStored');
    await started();
    expect([service.ready, service.state.generations.get('u1')]).toEqual([true, 1]);
    await append('ManifestStored', 2);
    await clock.advanceAsync(3_000);
    expect([service.state.generations.get('u1'), service.decisions.worker.figures.ends.done]).toEqual([2, 2]);
  });

  it('forgets what is deleted, and appends nothing', async () => {
    await append('ManifestStored');
    await append('ManifestDeleted');
    await started();
    expect([service.state.generations.size, (await store.events.head()).position]).toEqual([0, 2]);
  });
});
`;
