import type { NewFile } from '../changes.ts';
import type { Names } from '../names.ts';

/** Contract, aggregate and specification. */
export const aggregateFiles = (names: Names): NewFile[] => {
  const folder = `libs/domain/src/${names.kebab}/${names.kebab}`;
  return [
    { path: `proto/skerry/v1/${names.kebab}.proto`, text: proto(names) },
    { path: `${folder}.ts`, text: aggregate(names) },
    { path: `${folder}.spec.ts`, text: spec(names) },
  ];
};

const proto = ({
  kebab,
  pascal,
  words,
}: Names): string => `// Category \`${kebab}\`, stream \`${kebab}-<uid>\`, owned by …
syntax = "proto3";

package skerry.v1;

import "skerry/v1/common.proto";

// The whole outcome for ${words} of one object: state is the last event of its stream.
message ${pascal}Decided {
  ObjectRef ref = 1;
  // hash of the inputs that it was decided from
  string basis = 2;
  string engine = 3;
}
`;

const aggregate = ({
  kebab,
  camel,
  pascal,
  constant,
  words,
}: Names): string => `import { create } from '@skerry/contract/message';
import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import { type ${pascal}Decided, ${pascal}DecidedSchema } from '@skerry/contract/generated/skerry/v1/${kebab}_pb';
import { accept, type Decider, reject } from '@skerry/kernel/decider';

/** Category \`${kebab}\`: what is decided of ${words}. */
export const ${constant} = '${kebab}';

export const ${camel}Stream = (uid: string): string => \`\${${constant}}-\${uid}\`;

export type ${pascal}Event = { readonly type: '${pascal}Decided'; readonly data: ${pascal}Decided };

export interface ${pascal}State {
  readonly decided: ${pascal}Decided | undefined;
}

/** What an engine computed; whether it is news, and lawful, is said here. */
export interface Decide${pascal} {
  readonly ref: ObjectRef;
  readonly basis: string;
  readonly engine: string;
}

export const ${camel}: Decider<${pascal}State, Decide${pascal}, ${pascal}Event> = {
  category: ${constant},
  initialState: { decided: undefined },
  evolve: (_state, { data }) => ({ decided: data }),
  decide: ({ decided }, { ref, basis, engine }) => {
    if (basis === '') return reject('basis-missing', 'a decision names the inputs that it was made from');
    if (decided?.basis === basis) return accept();
    return accept({ type: '${pascal}Decided', data: create(${pascal}DecidedSchema, { ref, basis, engine }) });
  },
};
`;

const spec = ({ kebab, camel, pascal, words }: Names): string => `import { create } from '@skerry/contract/message';
import { ObjectRefSchema } from '@skerry/contract/generated/skerry/v1/common_pb';
import { fold } from '@skerry/kernel/decider';
import { describe, expect, it } from '@jest/globals';
import { ${camel}, ${camel}Stream, type ${pascal}Event } from './${kebab}.ts';

const ref = create(ObjectRefSchema, { kind: 'Deployment', name: 'web', uid: 'u1' });
const decide = (given: readonly ${pascal}Event[], basis: string) =>
  ${camel}.decide(fold(${camel}, given), { ref, basis, engine: 'test' });
const decided = (given: readonly ${pascal}Event[], basis: string): readonly ${pascal}Event[] => {
  const decision = decide(given, basis);
  if (decision.kind !== 'accepted') throw new Error(decision.kind);
  return decision.events;
};

describe('${words}', () => {
  it('is decided for an object once for each basis', () => {
    const first = decided([], 'a');
    expect(first.map(({ data }) => data.basis)).toEqual(['a']);
    expect(decided(first, 'a')).toEqual([]);
    expect(decided(first, 'b').map(({ data }) => data.basis)).toEqual(['b']);
  });

  it('is not decided without a basis', () => {
    expect(decide([], '').kind).not.toBe('accepted');
  });

  it('has a stream of its own for each object', () => {
    expect([${camel}Stream('u1'), ${camel}.category]).toEqual(['${kebab}-u1', '${kebab}']);
  });
});
`;
