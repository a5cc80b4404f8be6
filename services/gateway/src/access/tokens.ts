import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { KubeUser } from '@skerry/kube-api/request';
import type { Log } from '@skerry/runtime/telemetry/log';

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

/**
 * Bearer tokens by hash. The file is read again when it changed: new tokens work at once, dropped ones a second longer. While
 * it cannot be read, what was read last stands. The user of a syncer's token carries the uid of its Cluster object.
 */
export class Tokens {
  readonly #path: string;
  readonly #log: Pick<Log, 'error'>;
  #entries: readonly TokenEntry[] | undefined;
  #read = '';
  #lookedMs = -Infinity;
  /** of the file as it is now: said once */
  #failure = '';

  constructor({ path, log }: { path: string; log: Pick<Log, 'error'> }) {
    this.#path = path;
    this.#log = log;
  }

  /** undefined: nobody's token. Throws while the file could not be read even once. */
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
    const entry = this.#entries?.find(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), hash));
    if (!entry) return undefined;
    const { user: name, groups, clusterUid: uid } = entry;
    return { name, groups, ...(uid !== undefined && { uid }) };
  }

  /** A file that was read already is not read again: a stream of wrong tokens costs a look at its date each. */
  async #reload(): Promise<void> {
    const lookedMs = performance.now();
    try {
      const { mtimeMs, size, ino } = await stat(this.#path);
      const seen = `${mtimeMs}/${size}/${ino}`;
      if (seen !== this.#read) this.#entries = parseEntries(await readFile(this.#path, 'utf8'));
      this.#read = seen;
      this.#failure = '';
    } catch (error) {
      if (this.#entries === undefined) throw error;
      const failure = String(error);
      if (failure !== this.#failure) {
        this.#log.error({ path: this.#path, error }, 'the token file cannot be read: the tokens read last stand');
      }
      this.#failure = failure;
    }
    this.#lookedMs = lookedMs;
  }
}

const parseEntries = (text: string): readonly TokenEntry[] => {
  const entries = parseJson(text);
  if (!Array.isArray(entries)) throw new TypeError('the token file has to hold a list of {sha256, user, groups}');
  for (const [index, entry] of (entries as readonly Partial<TokenEntry>[]).entries()) {
    const isEntry = /^[0-9a-f]{64}$/.test(entry?.sha256 ?? '') && entry?.user && Array.isArray(entry.groups);
    if (!isEntry) throw new TypeError(`entry ${index} of the token file is not {sha256: 64 hex digits, user, groups}`);
  }
  return entries as readonly TokenEntry[];
};

/** The parser's own message repeats the text, which may hold what somebody wrote there by mistake. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('the token file is no JSON');
  }
};
