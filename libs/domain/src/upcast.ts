import { type DescMessage, fromBinary, type MessageShape } from '@skerry/contract/message';

/**
 * Turns what an old type says into the current event that says the same. Pure, and total: it is called for every stored
 * event of that type, for ever, so what it throws stops every consumer.
 */
export type Upcaster<Schema extends DescMessage, Event> = (data: MessageShape<Schema>) => Event;

/** One for each stored type that is no current one: a type that is retired without an upcaster does not compile. */
export type Upcasters<Schemas extends Record<string, DescMessage>, Event extends { readonly type: string }> = {
  readonly [Type in Exclude<keyof Schemas & string, Event['type']>]: Upcaster<Schemas[Type], Event>;
};

/**
 * The decoder of stored events. What it gives is always a current type, so no reader knows the old ones. Throws on an
 * unknown type or bytes that are no such message: folding is never skipped.
 */
export const createDecoder = <
  Event extends { readonly type: string },
  Schemas extends Record<string, DescMessage>,
>(parts: {
  /** every type ever written */
  readonly schemas: Schemas;
  readonly upcasters: Upcasters<Schemas, Event>;
}): ((stored: { type: string; data: Uint8Array }) => Event) => {
  const schemas = new Map<string, DescMessage>(Object.entries(parts.schemas));
  const upcasters = new Map(Object.entries<Upcaster<DescMessage, Event>>(parts.upcasters));
  return ({ type, data: bytes }) => {
    const schema = schemas.get(type);
    if (!schema) {
      throw new Error(`event type ${type} is not known to this version; known: ${[...schemas.keys()].join(', ')}`);
    }
    const data = fromBinary(schema, bytes);
    return upcasters.get(type)?.(data) ?? ({ type, data } as unknown as Event);
  };
};
