import { create, fromBinary, toBinary } from '@skerry/contract/message';
import { HeadsSchema } from '@skerry/contract/generated/skerry/v1/syncer_pb';
import type { ChannelHeads } from '@skerry/ports/bus/bus';

export const HEADS_SUBJECT = 'heads';

export const encodeHeads = (heads: ChannelHeads): Uint8Array =>
  toBinary(
    HeadsSchema,
    create(HeadsSchema, {
      incarnation: heads.incarnation,
      head: BigInt(heads.head),
      channels: Object.fromEntries(Object.entries(heads.channels).map(([name, position]) => [name, BigInt(position)])),
    }),
  );

export const decodeHeads = (data: Uint8Array): ChannelHeads => {
  const message = fromBinary(HeadsSchema, data);
  return {
    incarnation: message.incarnation,
    head: Number(message.head),
    channels: Object.fromEntries(Object.entries(message.channels).map(([name, position]) => [name, Number(position)])),
  };
};
