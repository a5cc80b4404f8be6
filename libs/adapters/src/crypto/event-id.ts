import { hash } from 'node:crypto';

/** Namespace of Skerry's event ids (RFC 9562, version 5). Never change it: ids of stored events come from it. */
const NAMESPACE = Buffer.from('3f1c7a52d0b94c1f8f6e5b2a9c40e7d1', 'hex');

/** The id of the `index`-th event of a command: the same command always leads to the same ids. */
export const eventIdOf = (commandId: string, index: number): string => {
  const digest = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(`${commandId}/${index}`)]), 'buffer');
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
};
