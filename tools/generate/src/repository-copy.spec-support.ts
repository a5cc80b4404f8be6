import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../../..');
const PARTS = ['libs', 'services', 'apps', 'tools', 'proto', 'deploy'];
const FILES =
  /^(package\.json|tsconfig\.(base|spec)?\.?json|jest\.config\.mjs|buf\.(gen\.)?yaml|\.prettierrc.*|\.oxlintrc\.json|\.prettierignore)$/;
/** Of a package: what is made from its sources, and what it does not need to be built. */
const LEFT_OUT = new Set(['node_modules', 'dist', '.skerry']);

/** The sources of this repository in another folder, in which packages find each other there and all else here. */
export class RepositoryCopy {
  readonly path: string;

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'skerry-copy-'));
    const filter = (from: string): boolean => !LEFT_OUT.has(basename(from));
    for (const part of PARTS)
      cpSync(join(ROOT, part), join(this.path, part), { recursive: true, verbatimSymlinks: true, filter });
    mkdirSync(join(this.path, 'e2e')); // jest asks for all of its roots
    for (const name of readdirSync(ROOT)) if (FILES.test(name)) cpSync(join(ROOT, name), join(this.path, name));
    this.#linkModules();
  }

  read(path: string): string {
    return readFileSync(join(this.path, path), 'utf8');
  }

  /** What `npm install` would do for a new package. */
  link(folder: string): void {
    const { name } = JSON.parse(this.read(`${folder}/package.json`)) as { name: string };
    symlinkSync(join(this.path, folder), join(this.path, 'node_modules', name));
  }

  /** Throws with what was printed when it fails. */
  async node(...words: readonly string[]): Promise<string> {
    const { NODE_OPTIONS: _jest, ...env } = process.env;
    const PATH = `${join(this.path, 'node_modules/.bin')}:${env['PATH']}`;
    const run = promisify(execFile)(process.execPath, words, {
      cwd: this.path,
      env: { ...env, PATH },
      maxBuffer: 2 ** 26,
    });
    return run.then(
      ({ stdout, stderr }) => stdout + stderr,
      (error: { stdout: string; stderr: string }) => {
        throw new Error(`${words.join(' ')}\n${error.stdout}${error.stderr}`);
      },
    );
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #linkModules(): void {
    const [from, to] = [join(ROOT, 'node_modules'), join(this.path, 'node_modules')];
    mkdirSync(join(to, '@skerry'), { recursive: true });
    for (const name of readdirSync(from)) if (name !== '@skerry') symlinkSync(join(from, name), join(to, name));
    for (const part of ['libs', 'services', 'apps', 'tools']) {
      for (const folder of readdirSync(join(this.path, part))) {
        if (readdirSync(join(this.path, part, folder)).includes('package.json')) this.link(`${part}/${folder}`);
      }
    }
  }
}
