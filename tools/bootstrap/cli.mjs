// What bin/skerry calls. Plain JavaScript for Node 20 without dependencies.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './install.mjs';
import { build, exitWith, handOver, modernNode } from './run.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'apps', 'cli', 'dist', 'main.js');

await exitWith(() => {
  install(root);
  if (!existsSync(main)) build(root);
  // The folder stays the caller's: `-f manifest.yaml` is meant from there.
  const args = ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)];
  return handOver(modernNode(root), args, { cwd: process.cwd() });
});
