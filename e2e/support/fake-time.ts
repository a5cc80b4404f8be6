import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const INSTALLED = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
const KEPT = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'skerry', 'faketime');

/** libfaketime: as installed, else from Debian's package, kept beside the other programs. A text: why there is none. */
export const locateFakeTime = (): { readonly path: string } | { readonly reason: string } => {
  const kept = join(KEPT, 'usr', 'lib', 'x86_64-linux-gnu', 'faketime', 'libfaketimeMT.so.1');
  for (const path of [INSTALLED, kept]) if (existsSync(path)) return { path };
  const folder = mkdtempSync(join(tmpdir(), 'skerry-faketime-'));
  try {
    execFileSync('apt-get', ['download', 'libfaketime'], { cwd: folder, stdio: 'pipe', timeout: 60_000 });
    mkdirSync(KEPT, { recursive: true });
    execFileSync('dpkg-deb', [
      '-x',
      join(
        folder,
        readdirSync(folder).find((name) => name.endsWith('.deb'))!,
      ),
      KEPT,
    ]);
    return existsSync(kept)
      ? { path: kept }
      : { reason: 'the package libfaketime has no library where it is expected' };
  } catch (error) {
    return { reason: `apt-get download libfaketime: ${(error as Error).message.split('\n')[0]}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** A clock for a process, which a test can move. */
export class FakeClock {
  readonly #file: string;
  readonly environment: Readonly<Record<string, string>>;

  /** `folder` has to be open to the process's user, who may not get to where the library is kept. */
  constructor({ library, folder }: { library: string; folder: string }) {
    this.#file = join(folder, 'offset');
    const copy = join(folder, 'libfaketime.so');
    copyFileSync(library, copy);
    this.set('+0s');
    this.environment = {
      LD_PRELOAD: copy,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      // waits and time-outs of the process go on as they are: only its date moves
      DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** e.g. `+1h`, beside the machine's clock */
  set(offset: string): void {
    writeFileSync(this.#file, offset, { mode: 0o644 });
  }
}
