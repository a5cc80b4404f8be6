import { ToolFailure } from '@skerry/native/tool-failure';
import type { Plan } from '../changes.ts';
import { beside, imported } from '../edit-text.ts';
import { type Names, namesOf } from '../names.ts';
import { aggregateFiles } from './aggregate-files.ts';

const CODEC = 'libs/domain/src/codec.ts';
const PORT = 'libs/ports/src/event-store/event-store.ts';

/** An aggregate of a category: its event in the contract, its streams, `evolve`, `decide` and a specification. */
export const planAggregate = (category: string): Plan => {
  const names = namesOf(category);
  const { kebab, pascal, camel } = names;
  const event = `${pascal}Decided`;
  return {
    files: aggregateFiles(names),
    edits: [
      { path: PORT, edit: (text) => knownCategory(text, names) },
      imported(CODEC, `import { ${event}Schema } from '@skerry/contract/generated/skerry/v1/${kebab}_pb';`),
      imported(CODEC, `import type { ${pascal}Event } from './${kebab}/${kebab}.ts';`),
      beside(CODEC, { match: /(?<=export type DomainEvent =[^;]*);/, before: ` | ${pascal}Event` }),
      beside(CODEC, { match: /\n\} as const satisfies Record<DomainEvent/, before: `\n  ${event}: ${event}Schema,` }),
    ],
    left: [
      `say in proto/skerry/v1/${kebab}.proto what is decided; then npm run contract:generate`,
      'npm run golden -w @skerry/domain: from then on these events are read for ever',
      'npm run reference -w @skerry/checks, and a line for people in apps/cli/src/print/events.ts',
      `the owner's worker decides with ${camel}.decide and appends; docs/how-to/add-an-event.md says the rest`,
    ],
  };
};

/** A category is made in the store before it is decided about; one that has events has its aggregate. */
const knownCategory = (port: string, { kebab }: Names): string => {
  const [, list = ''] = /CATEGORIES = \[([^\]]*)\]/.exec(port) ?? [];
  const all = [...list.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name!);
  if (all.includes(kebab)) return port;
  throw new ToolFailure(
    `the store has no category "${kebab}"`,
    `use one of ${all.join(', ')}, or add it there first: docs/how-to/add-an-event.md, step 5`,
  );
};
