import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SYNCERS, syncerUser, type TokenEntry } from '@skerry/gateway/access/tokens';
import { addToken, newToken, readTokens, write, writeTokens } from './credentials.ts';

/**
 * The tokens of the clusters' syncers: made at first use, each in a file of its own, its hash in the token file. A token
 * is for one Cluster object: it must not open the desired state of another cluster that gets the same name later.
 */
export class SyncerTokens {
  readonly #dir: string;
  readonly #tokensPath: string;

  constructor({ dir, tokensPath }: { dir: string; tokensPath: string }) {
    this.#dir = dir;
    this.#tokensPath = tokensPath;
  }

  /** The token of the cluster; a new one if the present one is another Cluster object's, or does not say whose it is. */
  of({ name, uid }: { name: string; uid: string }): string {
    const user = syncerUser(name);
    const entry = readTokens(this.#tokensPath).find((one) => one.user === user);
    if (entry?.clusterUid === uid && existsSync(this.#file(name))) return readFileSync(this.#file(name), 'utf8');
    const token = newToken();
    addToken(this.#tokensPath, { token, user, groups: [SYNCERS], clusterUid: uid });
    write(this.#file(name), token);
    return token;
  }

  /** Drops the tokens of clusters that are not among these, by name and uid. Answers their names. */
  keepOnly(clusters: ReadonlyMap<string, string>): string[] {
    const entries = readTokens(this.#tokensPath);
    const gone = entries.filter((entry) => {
      const name = clusterOf(entry);
      if (name === undefined) return false;
      const uid = clusters.get(name);
      return uid === undefined || (entry.clusterUid !== undefined && entry.clusterUid !== uid);
    });
    if (gone.length === 0) return [];
    writeTokens(
      this.#tokensPath,
      entries.filter((entry) => !gone.includes(entry)),
    );
    const names = gone.map((entry) => clusterOf(entry)!);
    for (const name of names) rmSync(this.#file(name), { force: true });
    return names;
  }

  #file(cluster: string): string {
    return join(this.#dir, 'syncers', `${cluster}.token`);
  }
}

const PREFIX = syncerUser('');

const clusterOf = ({ user, groups }: TokenEntry): string | undefined =>
  groups.includes(SYNCERS) && user.startsWith(PREFIX) ? user.slice(PREFIX.length) : undefined;
