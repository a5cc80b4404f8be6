import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { KubeUser } from '@skerry/kube-api/request';

/** One line of the token file: who a token belongs to. The token itself is nowhere; only its SHA-256 is. */
export interface TokenEntry {
  readonly sha256: string;
  readonly user: string;
  readonly groups: readonly string[];
}

export const ADMINS = 'skerry:admins';
export const SYNCERS = 'skerry:syncers';

export const syncerUser = (cluster: string): string => `skerry:syncer:${cluster}`;

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

const RELOAD_MS = 1_000;

/** Bearer tokens by hash, from a file that is read again when a token is not known: a new token works without a restart. */
export class Tokens {
  readonly #path: string;
  readonly #nowMs: () => number;
  #entries: readonly TokenEntry[] = [];
  #readMs = -Infinity;

  constructor({ path, nowMs }: { path: string; nowMs: () => number }) {
    this.#path = path;
    this.#nowMs = nowMs;
  }

  async authenticate(token: string | undefined): Promise<KubeUser | undefined> {
    if (token === undefined) return undefined;
    const hash = Buffer.from(hashToken(token), 'hex');
    return this.#find(hash) ?? ((await this.#reload()) ? this.#find(hash) : undefined);
  }

  #find(hash: Buffer): KubeUser | undefined {
    const entry = this.#entries.find(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), hash));
    return entry && { name: entry.user, groups: entry.groups };
  }

  /** At most once a second, so that a stream of wrong tokens does not become a stream of reads. */
  async #reload(): Promise<boolean> {
    if (this.#nowMs() - this.#readMs < RELOAD_MS) return false;
    this.#readMs = this.#nowMs();
    this.#entries = JSON.parse(await readFile(this.#path, 'utf8')) as TokenEntry[];
    return true;
  }
}
