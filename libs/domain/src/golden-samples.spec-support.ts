import { type DescMessage, fromBinary } from '@skerry/contract/message';

type Field = DescMessage['fields'][number];
type Oneof = DescMessage['oneofs'][number];
type Fields = Record<string, unknown>;

/** Numbers of protobuf's scalar types, as descriptors have them. */
const [INT64, INT32, BOOL, STRING, BYTES] = [3, 5, 8, 9, 12] as const;
const BEYOND_DOUBLE = 2n ** 53n + 1n;

/** Messages in which every field has a value that is not its zero: as many as the widest choice has alternatives. */
export const samplesOf = (schema: DescMessage): Fields[] =>
  Array.from({ length: alternativesOf(schema) }, (_, choice) => messageOf(schema, { choice, at: 1 }));

/** Paths of all fields of a message, through what it holds. */
export const pathsOf = (schema: DescMessage, prefix = ''): string[] =>
  schema.fields.flatMap((field) => {
    const path = prefix + field.name;
    return field.message ? [path, ...pathsOf(field.message, `${path}.`)] : [path];
  });

/** Paths of the fields that are set in a stored message. */
export const setPathsOf = (schema: DescMessage, bytes: Uint8Array): string[] =>
  setPaths(schema, { message: fromBinary(schema, bytes) as unknown as Fields, prefix: '' });

const setPaths = (schema: DescMessage, { message, prefix }: { message: Fields; prefix: string }): string[] =>
  schema.fields.flatMap((field) => {
    const value = valueIn(message, field);
    if (isZero(value)) return [];
    const path = prefix + field.name;
    const held = field.message ? (field.fieldKind === 'list' ? (value as Fields[]) : [value as Fields]) : [];
    return [path, ...held.flatMap((one) => setPaths(field.message!, { message: one, prefix: `${path}.` }))];
  });

const valueIn = (message: Fields, { oneof, localName }: Field): unknown => {
  if (!oneof) return message[localName];
  const chosen = message[oneof.localName] as { case?: string; value?: unknown };
  return chosen.case === localName ? chosen.value : undefined;
};

const isZero = (value: unknown): boolean =>
  !value || (typeof value === 'object' && !('$typeName' in value) && Object.keys(value).length === 0);

const alternativesOf = (schema: DescMessage): number =>
  Math.max(
    1,
    ...schema.oneofs.map(({ fields }) => fields.length),
    ...schema.fields.map((field) => (field.message ? alternativesOf(field.message) : 1)),
  );

/** `at` tells the elements of a list apart, and makes the second one negative. */
interface Place {
  readonly choice: number;
  readonly at: 1 | 2;
}

const messageOf = (schema: DescMessage, place: Place): Fields =>
  Object.fromEntries(
    schema.members.map((member) =>
      member.kind === 'oneof' ? chosenOf(member, place) : [member.localName, fieldOf(member, place)],
    ),
  );

const chosenOf = ({ localName, fields }: Oneof, place: Place): [string, unknown] => {
  const field = fields[place.choice % fields.length]!;
  return [localName, { case: field.localName, value: fieldOf(field, place) }];
};

const fieldOf = (field: Field, place: Place): unknown => {
  if (field.fieldKind === 'list') return ([1, 2] as const).map((at) => oneOf(field, { ...place, at }));
  if (field.fieldKind !== 'map') return oneOf(field, place);
  return Object.fromEntries(([1, 2] as const).map((at) => [`key ${at}`, oneOf(field, { ...place, at })]));
};

const oneOf = (field: Field, place: Place): unknown => {
  if (field.message) return messageOf(field.message, place);
  if (field.enum) return field.enum.values.at(-place.at)!.number;
  const number = field.number * (place.at === 1 ? 1 : -1);
  switch (field.scalar as number) {
    case INT64:
      return BEYOND_DOUBLE + BigInt(number);
    case INT32:
      return number;
    case BOOL:
      return true;
    case STRING:
      return `${field.name} ${place.at} ü`;
    case BYTES:
      return Uint8Array.from([0, place.at, 255]);
    default:
      throw new Error(`field ${field.toString()} has scalar type ${field.scalar}: give it a sample here`);
  }
};
