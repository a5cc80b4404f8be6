import { ToolFailure } from '@skerry/native/tool-failure';
import type { Plan } from '../changes.ts';
import { imported } from '../edit-text.ts';
import { type Names, namesOf } from '../names.ts';

const ENGINES: Readonly<Record<string, (names: Names) => Plan>> = { scheduling: (names) => planFilter(names) };

/** A plug-in of an engine: a folder, a spec, one line in the sorted list. */
export const planPlugin = (engine: string, name: string): Plan => {
  const plan = ENGINES[engine];
  if (!plan) {
    throw new ToolFailure(`engine "${engine}" takes no plug-ins`, `those that do: ${Object.keys(ENGINES).join(', ')}`);
  }
  return plan(namesOf(name));
};

const PLUGINS = 'libs/engines/src/scheduling/plugins';

const planFilter = (names: Names): Plan => ({
  files: [
    { path: `${PLUGINS}/${names.kebab}/${names.kebab}.ts`, text: filter(names) },
    { path: `${PLUGINS}/${names.kebab}/${names.kebab}.spec.ts`, text: filterSpec(names) },
  ],
  edits: [
    imported(`${PLUGINS}/index.ts`, `import { ${names.camel} } from './${names.kebab}/${names.kebab}.ts';`),
    { path: `${PLUGINS}/index.ts`, edit: (text) => inFilters(text, names.camel) },
  ],
  left: [
    `say in ${PLUGINS}/${names.kebab}/${names.kebab}.ts what fits, stays or is unfit, with a reason that names both sides`,
    'docs/how-to/add-a-filter.md says the rest; fields that it reads belong to libs/api first',
  ],
});

const inFilters = (text: string, name: string): string =>
  text.replace(/(FILTERS: readonly Filter\[\] = \[)([^\]]*)\]/, (_all, head: string, list: string) => {
    const all = [...list.split(','), name].map((one) => one.trim()).filter((one) => one !== '');
    return `${head}${all.sort().join(', ')}]`;
  });

const filter = ({
  camel,
  pascal,
  words,
}: Names): string => `import { type Filter, FITS, stay } from '../../framework/filter.ts';

/** Takes nothing new to a cluster that is labelled \`skerry.dev/${words.replaceAll(' ', '-')}: closed\`. */
export const ${camel}: Filter = {
  name: '${pascal}',
  filter: ({ cluster }) =>
    cluster.labels[LABEL] === 'closed' ? stay(\`label \${LABEL} is "closed"\`) : FITS,
};

const LABEL = 'skerry.dev/${words.replaceAll(' ', '-')}';
`;

const filterSpec = ({ camel, kebab, words }: Names): string => `import { describe, expect, it } from '@jest/globals';
import type { FilterInput } from '../../framework/filter.ts';
import { ${camel} } from './${kebab}.ts';

const verdictOf = (labels: Record<string, string>) =>
  ${camel}.filter({ cluster: { labels } } as unknown as FilterInput);

describe('the filter for ${words}', () => {
  it.each([
    [{}, 'fits'],
    [{ 'skerry.dev/${kebab}': 'open' }, 'fits'],
    [{ 'skerry.dev/${kebab}': 'closed' }, 'stay'],
  ])('a cluster with labels %j: %s', (labels, kind) => {
    expect(verdictOf(labels).kind).toBe(kind);
  });
});
`;
