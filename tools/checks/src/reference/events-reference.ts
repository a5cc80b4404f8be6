import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseProto, type ProtoBlock, type ProtoField, type ProtoFile } from './proto-file.ts';

const HEADING = `# Events

<!-- Written by \`npm run reference -w @skerry/checks\` from proto/skerry/v1. Change it there. -->

What is appended to the store, by category. \`bin/skerry events\` shows them, \`-o json\` with these fields in camelCase.
Every event also carries its position, stream, version in the stream, channel, author, time and what caused it.
An enumeration's values are written without their common beginning.
`;

/** docs/reference/events.md. Files that begin with "Category" hold events; the others hold parts of them, or messages. */
export const eventsReference = (root: string): string => {
  const folder = join(root, 'proto/skerry/v1');
  const files = globSync('*.proto', { cwd: folder })
    .sort()
    .map((name) => ({ name, file: parseProto(readFileSync(join(folder, name), 'utf8')) }));
  const categories = files.filter(({ file }) => file.comment.startsWith('Category'));
  const others = files.filter(({ name }) => name === 'common.proto');
  const chapters = [
    ...categories.map(({ name, file }) => chapterOf(basename(name, '.proto'), file)),
    ...others.map(({ file }) => ['## Shared parts', file.comment, ...file.blocks.map(blockText)].join('\n\n')),
  ];
  return `${HEADING}\n${chapters.join('\n\n')}\n`;
};

/** Events first, then the parts that they hold. */
const chapterOf = (category: string, file: ProtoFile): string => {
  const parts = new Set(file.blocks.flatMap((block) => block.fields.map((field) => field.type.split(' ').at(-1))));
  const isPart = (block: ProtoBlock): boolean => block.kind === 'enum' || parts.has(block.name);
  const inOrder = [...file.blocks.filter((block) => !isPart(block)), ...file.blocks.filter(isPart)];
  return [`## ${category}`, file.comment, ...inOrder.map(blockText)].join('\n\n');
};

const blockText = (block: ProtoBlock): string =>
  [
    `### ${block.name}`,
    ...(block.comment === '' ? [] : [asSentence(block.comment)]),
    (block.kind === 'enum' ? valuesOf(block.fields) : block.fields).map(fieldText).join('\n'),
  ].join('\n\n');

/** Without the zero value, which only says that nothing was said, and without the beginning that all share. */
const valuesOf = (fields: readonly ProtoField[]): ProtoField[] => {
  const prefix = fields[0]!.name.replace(/UNSPECIFIED$/, '');
  return fields.slice(1).map((field) => ({ ...field, name: field.name.replace(prefix, '') }));
};

const fieldText = ({ name, type, comment }: ProtoField): string =>
  `- \`${name}\`${type === '' ? '' : ` _${type.replace(/[<>]/g, '\\$&')}_`}${comment === '' ? '' : `: ${comment}`}`;

const asSentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
