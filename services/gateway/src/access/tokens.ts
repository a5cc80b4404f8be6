import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { KubeUser } from '@skerry/kube-api/request';

/** One line of the token file: who a token belongs to. The token itself is nowhere; only its SHA-256 is. */
export interface TokenEntry {
  readonly sha256: string;
  readonly user: string;
  readonly groups: readonly string[];
  /** of a syncer's token: the uid of the Cluster object that it was made for */
  readonly clusterUid?: string;
}

/** How long a token that is known is believed without a look at the file: then one that was taken out opens nothing. */
const TRUST_MS = 1_000;

export const ADMINS = 'skerry:admins';
export const SYNCERS = 'skerry:syncers';

export const syncerUser = (cluster: string): string => `skerry:syncer:${cluster}`;

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Bearer tokens by hash. The file is read again when it changed: new tokens work at once, dropped ones a second longer. */
export class Tokens {
  readonly #path: string;
  #entries: readonly TokenEntry[] = [];
  #read = '';
  #lookedMs = -Infinity;

  constructor({ path }: { path: string }) {
    this.#path = path;
  }

  async authenticate(token: string | undefined): Promise<KubeUser | undefined> {
    if (token === undefined) return undefined;
    const hash = Buffer.from(hashToken(token), 'hex');
    const known = this.#find(hash);
    if (known && performance.now() - this.#lookedMs < TRUST_MS) return known;
    await this.#reload();
    // also when it was somebody else at the same time who read the file
    return this.#find(hash);
  }

  #find(hash: Buffer): KubeUser | undefined {
    const entry = this.#entries.find(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), hash));
    return entry && { name: entry.user, groups: entry.groups };
  }

  /** A file that was read already is not read again: a stream of wrong tokens costs a look at its date each. */
  async #reload(): Promise<void> {
    const lookedMs = performance.now();
    const { mtimeMs, size, ino } = await stat(this.#path);
    this.#lookedMs = lookedMs;
    const seen = `${mtimeMs}/${size}/${ino}`;
    if (seen === this.#read) return;
    this.#entries = JSON.parse(await readFile(this.#path, 'utf8')) as TokenEntry[];
    this.#read = seen;
  }
}
