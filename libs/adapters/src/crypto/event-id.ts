import { hash } from 'node:crypto';

/** Namespace of Skerry's event ids (RFC 9562, version 5): these 16 bytes. Never change it: ids of stored events come from it. */
const NAMESPACE = 'skerry.dev/event';
const VARIANTS = '89ab';

/** The id of the `index`-th event of a command: the same command always leads to the same ids. */
export const eventIdOf = (commandId: string, index: number): string => {
  const hex = hash('sha1', `${NAMESPACE}${commandId}/${index}`, 'hex');
  const variant = VARIANTS[Number.parseInt(hex[16]!, 16) & 3]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
