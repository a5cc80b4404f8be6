// Plain JavaScript for Node 20 without dependencies: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Something that a person has to mend; printed without a stack. */
export class BootstrapFailure extends Error {}

/** Installs the npm packages if they are not those of package-lock.json. Asks no network when they are. */
export function install(root) {
  if (!existsSync(join(root, 'package-lock.json'))) {
    throw new BootstrapFailure(`${root} holds no package-lock.json — run this from a whole checkout of Skerry.`);
  }
  if (isInstalled(root)) return;
  const release = lock(root);
  try {
    if (!isInstalled(root)) npmCi(root);
  } finally {
    release();
  }
}

function npmCi(root) {
  // Level error: on Node 20 npm warns of every package that wants the Node 24 that it is just installing.
  console.error('Installing packages with npm ci (about 40 s with a good network) …');
  const begun = Date.now();
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error?.code === 'ENOENT')
    throw new BootstrapFailure('npm is not on PATH — install Node.js 20 or newer with npm.');
  if (status !== 0) {
    throw new BootstrapFailure(
      'npm ci failed — see the lines above. It needs the npm registry once, or its own cache, and room on the disk.',
    );
  }
  writeFileSync(markOf(root), hashOf(root));
  console.error(`Packages installed in ${Math.round((Date.now() - begun) / 1000)} s.`);
}

function isInstalled(root) {
  if (readOrNothing(markOf(root)) === hashOf(root)) return true;
  if (!matchesNpmsOwnRecord(root)) return false;
  writeFileSync(markOf(root), hashOf(root)); // somebody ran npm by hand, with the same result
  return true;
}

/** npm notes what it installed; the same versions as in the lockfile need no second install. */
function matchesNpmsOwnRecord(root) {
  const record = readOrNothing(join(root, 'node_modules', '.package-lock.json'));
  if (record === undefined) return false;
  const installed = JSON.parse(record).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true; // the workspaces themselves
    const found = installed[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return found.version === entry.version && found.resolved === entry.resolved;
  });
}

const markOf = (root) => join(root, 'node_modules', '.skerry-lock-hash');
const hashOf = (root) =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

/** Two installs at once would break each other. */
function lock(root) {
  const path = join(root, '.cache', 'install.lock');
  mkdirSync(join(root, '.cache'), { recursive: true });
  const end = Date.now() + 15 * 60_000;
  for (let told = false; ; told = true) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(readOrNothing(path));
    if (!isAlive(holder)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told) console.error(`Process ${holder} is installing packages; waiting for it …`);
    if (Date.now() > end) throw new BootstrapFailure(`Process ${holder} holds ${path} for 15 min — end it.`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
}

function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function readOrNothing(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
