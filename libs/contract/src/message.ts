import './shared-strings.ts';

/** The part of the protobuf runtime that other layers use, so that only this package knows it. */
export {
  create,
  fromBinary,
  toBinary,
  toJson,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
