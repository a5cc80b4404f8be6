// What `npm start`, `npm test`, `npm run bench`, `npm run endurance` and `npm run test:nightly` call: installs, changes to Node 24, builds, and hands over.
// Plain JavaScript for Node 20 without dependencies: it runs before anything is installed.
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BootstrapFailure, install } from './install.mjs';
import { build, exitWith, handOver, modernNode } from './run.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

const entries = {
  start: { script: 'apps/cli/dist/main.js', first: ['up'], built: true },
  endurance: { script: 'e2e/endurance/main.ts', first: [], built: true },
  nightly: { script: 'e2e/nightly/main.ts', first: [], built: true },
  bench: { script: 'bench/src/main.ts', first: [], built: true },
  // Runs from its sources, as the build is one of the things that it tests.
  test: { script: 'tools/checks/src/main.ts', first: [], built: false, conditions: ['--conditions=source'] },
};

/** Installs and builds what is missing, then runs the entry with the arguments. */
export async function runEntry(name, args) {
  const entry = entries[name];
  if (entry === undefined) {
    throw new BootstrapFailure(`bootstrap: "${name}" is none of ${Object.keys(entries).join(', ')}.`);
  }
  const [major] = process.versions.node.split('.');
  if (Number(major) < 20)
    throw new BootstrapFailure(`Node ${process.versions.node} is too old — install Node 20 or newer.`);
  install(root);
  if (entry.built) build(root);
  const node = modernNode(root);
  const nodeArguments = [...(entry.conditions ?? []), '--disable-warning=ExperimentalWarning'];
  return handOver(node, [...nodeArguments, resolve(root, entry.script), ...entry.first, ...args], {
    cwd: root,
    // Children that say `node` shall get the same one.
    env: { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` },
  });
}

const [name, ...args] = process.argv.slice(2);
await exitWith(() => runEntry(name, args));
