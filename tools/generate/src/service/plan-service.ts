import type { Edit, Plan } from '../changes.ts';
import { beside, cloned, depended, imported } from '../edit-text.ts';
import { type Names, namesOf } from '../names.ts';
import { serviceFiles } from './service-files.ts';

const HUB = 'apps/all-in-one/src/hub';

/** A service that folds manifests and decides about each; as a process of its own and in the hub that is one process. */
export const planService = (name: string): Plan => {
  const names = namesOf(name);
  return {
    files: serviceFiles(names),
    edits: [...builds(names), ...starts(names), ...deploys(names), ...rights(names)],
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
  referenced('tsconfig.json', `services/${kebab}`),
  referenced('apps/all-in-one/tsconfig.json', `../../services/${kebab}`),
  depended('apps/all-in-one/package.json', `@skerry/${kebab}`),
  {
    path: 'tools/checks/src/layers/rules.ts',
    edit: (text) =>
      text.replace(
        /const services = \[([^\]]*)\];/,
        (_all, list: string) => `const services = [${withName(list, kebab)}];`,
      ),
  },
];

const PROCESS_VALUE = /"[a-z-]+": \{ "\$ref": "#\/definitions\/process" \}(?=,\s*"syncer")/;

/** A project of the compiler, beside the other services. */
const referenced = (path: string, folder: string): Edit => {
  const reference = new RegExp(`\\{\\s*"path": "${folder.slice(0, folder.lastIndexOf('/') + 1)}[^"]+"\\s*\\}`);
  return cloned(path, {
    like: reference,
    after: reference,
    change: (entry) => entry.replace(/"path": "[^"]+"/, `"path": "${folder}"`),
  });
};

const withName = (list: string, name: string): string => {
  const all = list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return [...new Set([...all, `'${name}'`])].join(', ');
};

/** Both ways of running it: with all others in one process, and from the list of processes. */
const starts = ({ kebab, pascal }: Names): Edit[] => [
  imported(`${HUB}/hub.module.ts`, `import { ${pascal}Service } from '@skerry/${kebab}/${kebab}.service';`),
  beside(`${HUB}/hub.module.ts`, { match: /(?<=HUB_SERVICES = \[[^\]]*),\s*\](?=;)/, before: `, ${pascal}Service` }),
];

/** Compose is written from the list of processes; the chart reads it, and has values for each. */
const deploys = ({ kebab }: Names): Edit[] => [
  beside('deploy/chart/values.yaml', {
    match: /\n {2}syncer:\n(?= {4}replicas)/,
    before: `\n  ${kebab}:\n    replicas: 2\n    resources: { requests: { cpu: 100m, memory: 192Mi }, limits: { memory: 1Gi } }`,
  }),
  cloned('deploy/chart/values.schema.json', {
    like: PROCESS_VALUE,
    after: PROCESS_VALUE,
    change: (entry) => entry.replace(/"[a-z-]+"/, `"${kebab}"`),
  }),
  cloned('deploy/processes.json', {
    like: /\{\s*"name": "scheduler"[\s\S]*?\n {4}\}/,
    after: /\{\s*"name": "[a-z-]+",\s*"says": "[^"]*",\s*"main": "services\/(?!syncer)[\s\S]*?\n {4}\}/,
    change: (entry) => entry.replaceAll('scheduler', kebab).replace(/"says": "[^"]*"/, '"says": "what it decides"'),
  }),
];

/** What it may say and hear on the bus. */
const rights = ({ kebab }: Names): Edit[] => [
  beside('libs/adapters/src/jetstream/permissions.ts', {
    match: /\n\};\n(?=\nexport const BUS_SERVICES)/,
    before: `\n  '${kebab}': { publish: ['hint', 'parked.${kebab}', ...consuming(EVENT_STREAM)], subscribe: ['hint', 'heads'] },`,
  }),
];
