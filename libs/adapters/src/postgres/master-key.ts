import { hash, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TerminalFailure } from '@skerry/kernel/errors';
import type { Database } from './database.ts';

const KEY_BYTES = 32;

/**
 * The master key from its file (32 bytes, mode 600), made when there is none. Throws TerminalFailure `key-file-open` for
 * a file that others may read, and `key-file-malformed`.
 */
export const readMasterKey = async (path: string): Promise<Uint8Array> => {
  await makeUnlessThere(path);
  const { mode, uid } = await stat(path);
  // A mounted secret belongs to root and is read by way of a group that only this process is in.
  const isMounted = uid !== process.getuid?.();
  if ((mode & (isMounted ? 0o037 : 0o077)) !== 0) {
    const octal = (mode & 0o777).toString(8);
    throw new TerminalFailure(`${path} has mode ${octal}; allowed is 600: run chmod 600 ${path}`, {
      code: 'key-file-open',
    });
  }
  const key = await readFile(path);
  if (key.byteLength === KEY_BYTES) return key;
  throw new TerminalFailure(`${path} has ${key.byteLength} bytes; a master key has ${KEY_BYTES}`, {
    code: 'key-file-malformed',
  });
};

/**
 * Remembers which master key the store's data keys are wrapped by. Throws TerminalFailure `wrong-master-key` when the
 * file holds another one, before anything is sealed that the rest of the fleet could not open.
 */
export const requireSameMasterKey = async (
  owner: Database,
  { path, key }: { path: string; key: Uint8Array },
): Promise<void> => {
  const [row] = await owner.rows('checking the master key', {
    text: `UPDATE store SET master_key_fingerprint = coalesce(master_key_fingerprint, $1) RETURNING master_key_fingerprint`,
    values: [fingerprintOf(key)],
  });
  refuseOther({ path, key }, row![0]);
};

/** The same for a login that may only read. */
export const requireMasterKeyOf = async (
  reader: Database,
  { path, key }: { path: string; key: Uint8Array },
): Promise<void> => {
  const text = 'SELECT master_key_fingerprint FROM store';
  const [row] = await reader.rows('checking the master key', { text });
  refuseOther({ path, key }, row![0]);
};

const fingerprintOf = (key: Uint8Array): string =>
  hash('sha256', Buffer.concat([Buffer.from('skerry master key'), key]), 'hex').slice(0, 32);

const refuseOther = ({ path, key }: { path: string; key: Uint8Array }, fingerprint: unknown): void => {
  if (fingerprint === fingerprintOf(key)) return;
  throw new TerminalFailure(`${path} is not the key that this store was made with: put that file back`, {
    code: 'wrong-master-key',
  });
};

/** Written whole under another name and then linked: of two that start at once one wins, and neither reads half a key. */
const makeUnlessThere = async (path: string): Promise<void> => {
  if (await exists(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(randomBytes(KEY_BYTES));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
};

const exists = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return false;
    throw error;
  }
};
