import { hash } from 'node:crypto';

/** SHA-256 of canonical text or bytes, hex, shortened to 128 bits: the basis and content hashes that decisions record. */
export const hashOf = (canonical: string | Uint8Array): string => hash('sha256', canonical, 'hex').slice(0, 32);

/** Command id of an engine: the same owner, key, basis and stream version is the same command. */
export const commandIdOf = (parts: { owner: string; key: string; basis: string; version: number }): string =>
  hashOf(`${parts.owner}\0${parts.key}\0${parts.basis}\0${parts.version}`);
