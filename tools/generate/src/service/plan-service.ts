import type { Edit, Plan } from '../changes.ts';
import { beside, imported, listed, named } from '../edit-text.ts';
import { type Names, namesOf } from '../names.ts';
import { serviceFiles } from './service-files.ts';

const HUB = 'apps/all-in-one/src/hub';

/** A service that folds manifests and decides about each; as a process of its own and in the hub that is one process. */
export const planService = (name: string): Plan => {
  const names = namesOf(name);
  return {
    files: serviceFiles(names),
    edits: [...builds(names), ...starts(names), ...rights(names)],
    left: [
      'npm install, so that packages find it; npm run compose -w @skerry/all-in-one, so that compose starts it',
      `say in services/${name}/README.md what it reads, owns and promises, and in deploy/processes.json what it does`,
      `fold and decide: ${name}-state.ts, decide-object.worker.ts; what it appends needs events: npm run generate -- aggregate <category>`,
      `its rights at PostgreSQL: a migration that makes the role skerry_${names.constant.toLowerCase()} and its row of service_rights, as migrations/0006 does`,
      'one writer or several: `leased` in its service, and `sharing` in deploy/processes.json',
    ],
  };
};

/** The compiler, npm and the table of layers know it. */
const builds = ({ kebab }: Names): Edit[] => [
  listed('tsconfig.json', {
    list: ({ references }) => references as { path: string }[],
    entry: { path: `services/${kebab}` },
    follows: ({ path }) => path.startsWith('services/'),
  }),
  listed('apps/all-in-one/tsconfig.json', {
    list: ({ references }) => references as { path: string }[],
    entry: { path: `../../services/${kebab}` },
    follows: ({ path }) => path.startsWith('../../services/'),
  }),
  named('apps/all-in-one/package.json', { object: 'dependencies', name: `@skerry/${kebab}`, value: '0.1.0' }),
  {
    path: 'tools/checks/src/layers/rules.ts',
    edit: (text) =>
      text.replace(
        /const services = \[([^\]]*)\];/,
        (_all, list: string) => `const services = [${withName(list, kebab)}];`,
      ),
  },
];

const withName = (list: string, name: string): string => {
  const all = list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return [...new Set([...all, `'${name}'`])].join(', ');
};

/** Both ways of running it: with all others in one process, and from the list of processes. */
const starts = ({ kebab, pascal }: Names): Edit[] => [
  imported(`${HUB}/hub.module.ts`, `import { ${pascal}Module } from '@skerry/${kebab}/${kebab}.module';`),
  beside(`${HUB}/hub.module.ts`, { match: /,\s*\](?=,\s*\};)/, before: `, ${pascal}Module` }),
  imported(`${HUB}/start-hub.ts`, `import { ${pascal}Service } from '@skerry/${kebab}/${kebab}.service';`),
  beside(`${HUB}/start-hub.ts`, { match: /RolloutService(?=[^;]*\]\.map)/, after: `, ${pascal}Service` }),
  {
    path: 'deploy/processes.json',
    edit: (text) => {
      const whole = JSON.parse(text) as { processes: { name: string }[] };
      const like = whole.processes.find(({ name }) => name === 'scheduler');
      const entry = { ...like, name: kebab, says: 'what it decides', main: `services/${kebab}/dist/main.js` };
      const at = whole.processes.findIndex(({ name }) => name === 'syncer');
      whole.processes.splice(at, 0, entry);
      return JSON.stringify(whole, null, 2);
    },
  },
];

/** What it may say and hear on the bus. */
const rights = ({ kebab }: Names): Edit[] => [
  beside('libs/adapters/src/jetstream/permissions.ts', {
    match: /\n\};\n(?=\nexport const BUS_SERVICES)/,
    before: `\n  '${kebab}': { publish: ['hint', 'parked.${kebab}', ...consuming(EVENT_STREAM)], subscribe: ['hint', 'heads'] },`,
  }),
];
