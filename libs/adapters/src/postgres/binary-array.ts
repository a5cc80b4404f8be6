/**
 * PostgreSQL's binary form of one-dimensional arrays. `pg` would send arrays as text, with bytes as hex: that is twice the
 * bytes and a parse on both sides for every append.
 */
const HEADER_BYTES = 20;

const begin = (oid: number, { count, bodyBytes }: { count: number; bodyBytes: number }): Buffer => {
  const buffer = Buffer.allocUnsafe(count === 0 ? 12 : HEADER_BYTES + bodyBytes);
  buffer.writeInt32BE(count === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(0, 4);
  buffer.writeInt32BE(oid, 8);
  if (count === 0) return buffer;
  buffer.writeInt32BE(count, 12);
  buffer.writeInt32BE(1, 16);
  return buffer;
};

export const int4Array = (values: readonly number[]): Buffer => {
  const buffer = begin(23, { count: values.length, bodyBytes: values.length * 8 });
  let at = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(4, at);
    at = buffer.writeInt32BE(value, at + 4);
  }
  return buffer;
};

export const int8Array = (values: readonly number[]): Buffer => {
  const buffer = begin(20, { count: values.length, bodyBytes: values.length * 12 });
  let at = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(8, at);
    at = buffer.writeBigInt64BE(BigInt(value), at + 4);
  }
  return buffer;
};

export const textArray = (values: readonly string[]): Buffer => {
  let bodyBytes = 0;
  for (const value of values) bodyBytes += 4 + Buffer.byteLength(value);
  const buffer = begin(25, { count: values.length, bodyBytes });
  let at = HEADER_BYTES;
  for (const value of values) {
    const written = buffer.write(value, at + 4);
    buffer.writeInt32BE(written, at);
    at += 4 + written;
  }
  return buffer;
};

export const byteaArray = (values: readonly Uint8Array[]): Buffer => {
  let bodyBytes = 0;
  for (const value of values) bodyBytes += 4 + value.byteLength;
  const buffer = begin(17, { count: values.length, bodyBytes });
  let at = HEADER_BYTES;
  for (const value of values) {
    at = buffer.writeInt32BE(value.byteLength, at);
    buffer.set(value, at);
    at += value.byteLength;
  }
  return buffer;
};

/** from the usual text form with four dashes */
export const uuidArray = (values: readonly string[]): Buffer => {
  const buffer = begin(2950, { count: values.length, bodyBytes: values.length * 20 });
  let at = HEADER_BYTES;
  for (const value of values) {
    at = buffer.writeInt32BE(16, at);
    at += buffer.write(value.replaceAll('-', ''), at, 'hex');
  }
  return buffer;
};
