import { BinaryReader } from '@bufbuild/protobuf/wire';

/** Twice as many as the names, kinds and uids that a service meets again within a moment; 100 bytes each at most. */
const SLOTS = 1 << 13;
const LONGEST = 64;

const slots = Array.from<string | undefined>({ length: SLOTS });

const readAnew = BinaryReader.prototype.string;

/**
 * Texts of messages that are the same are one string. An event repeats its object's names, kinds and uid, and so does every
 * event after it; decoded each by itself they were a tenth of what a hub keeps of its objects. Finding the text costs less than
 * making it again. The library has no place for this, and makes its readers itself: so its own method is what changes, in this
 * package, which alone knows the library (docs/adr/0013-texts-that-are-shared.md).
 */
const readShared = function (this: BinaryReader, strict?: boolean): string {
  const { buf, pos } = this as unknown as { buf: Uint8Array; pos: number };
  const length = this.uint32();
  const start = this.pos;
  if (length > LONGEST || start + length > buf.length) return readFrom(this, { pos, strict });
  let hash = length;
  for (let at = start; at < start + length; at += 1) hash = Math.imul(hash, 31) + buf[at]!;
  const slot = (hash ^ (hash >>> 13)) & (SLOTS - 1);
  const known = slots[slot];
  if (known !== undefined && isSame(known, { buf, start, length })) {
    this.pos = start + length;
    return known;
  }
  const text = readFrom(this, { pos, strict });
  // what is not ASCII has another length than its bytes: it is never the same
  if (text.length === length) slots[slot] = text;
  return text;
};

const readFrom = (reader: BinaryReader, { pos, strict }: { pos: number; strict: boolean | undefined }): string => {
  reader.pos = pos;
  return readAnew.call(reader, strict);
};

const isSame = (text: string, { buf, start, length }: { buf: Uint8Array; start: number; length: number }): boolean => {
  if (text.length !== length) return false;
  for (let at = 0; at < length; at += 1) if (text.charCodeAt(at) !== buf[start + at]) return false;
  return true;
};

BinaryReader.prototype.string = readShared;
