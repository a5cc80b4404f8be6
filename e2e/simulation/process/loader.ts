import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import type { Mutant } from '../mutants/mutant.ts';

const root = new URL('../../../', import.meta.url);

/**
 * What is simulated runs as it is built, with two exceptions: the shell over sockets is one without, and of a mutant the files
 * that it changes are compiled here from their changed sources.
 */
export const registerLoader = (mutant: Mutant | undefined): void => {
  const changed = changedSources(mutant);
  registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === '@skerry/kube-api/http') {
        return { url: new URL('./kube-server.ts', import.meta.url).href, shortCircuit: true };
      }
      const isOfChanged = changed.has(context.parentURL ?? '') && specifier.startsWith('.');
      return next(isOfChanged ? specifier.replace(/\.ts$/, '.js') : specifier, context);
    },
    load: (url, context, next) => {
      const source = changed.get(url);
      return source === undefined ? next(url, context) : { format: 'module', source, shortCircuit: true };
    },
  });
};

/** By the URL of the built file. */
const changedSources = (mutant: Mutant | undefined): Map<string, string> => {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of mutant?.patches ?? []) {
    const before = texts.get(file) ?? readFileSync(new URL(file, root), 'utf8');
    const parts = before.split(find);
    if (parts.length !== 2) {
      throw new Error(
        `mutant "${mutant!.name}": its text stands ${parts.length - 1} times in ${file}, not once:\n${find}`,
      );
    }
    texts.set(file, parts.join(replace));
  }
  return new Map([...texts].map(([file, text]) => [builtUrl(file), compile(text, file)]));
};

const builtUrl = (file: string): string => new URL(file.replace('/src/', '/dist/').replace(/\.ts$/, '.js'), root).href;

const compile = (text: string, file: string): string =>
  transformSync(text, {
    filename: fileURLToPath(new URL(file, root)),
    swcrc: false,
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true },
      target: 'es2024',
      keepClassNames: true,
    },
    module: { type: 'es6' },
  }).code;
