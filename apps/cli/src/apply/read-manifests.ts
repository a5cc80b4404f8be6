import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { HubObject } from '@skerry/all-in-one/api/hub-api';
import { LineCounter, parseAllDocuments } from 'yaml';
import { CliFailure } from '../failure.ts';
import { EXIT } from '../exit-codes.ts';
import type { World } from '../world.ts';

/** One object of a file, or what is wrong with a document in it. */
export interface Manifest {
  readonly file: string;
  /** from 1 */
  readonly document: number;
  /** where the document begins, or where its fault is */
  readonly line: number;
  readonly object?: HubObject;
  readonly fault?: { readonly field: string; readonly message: string };
}

const IS_MANIFEST = /\.(ya?ml|json)$/;

/** All objects of files, folders (their .yaml, .yml and .json by name) and standard input, in order. */
export const readManifests = async (
  names: readonly string[],
  { world, recursive }: { readonly world: World; readonly recursive: boolean },
): Promise<Manifest[]> => {
  const manifests: Manifest[] = [];
  for (const name of names) {
    if (name === '-') {
      manifests.push(...parseManifests('standard input', await world.readInput()));
      continue;
    }
    for (const file of filesOf(name, { folder: world.folder, recursive })) {
      manifests.push(...parseManifests(file, readText(resolve(world.folder, file))));
    }
  }
  return manifests;
};

const filesOf = (name: string, { folder, recursive }: { folder: string; recursive: boolean }): string[] => {
  if (!statOf(resolve(folder, name)).isDirectory()) return [name];
  return readdirSync(resolve(folder, name), { recursive })
    .map(String)
    .filter((entry) => IS_MANIFEST.test(entry))
    .sort()
    .map((entry) => join(name, entry));
};

const statOf = (path: string): ReturnType<typeof statSync> & object => {
  try {
    return statSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
};

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, cause);
  }
};

const unreadable = (path: string, cause: unknown): CliFailure => {
  const { code } = cause as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
  return new CliFailure(`${path}: ${why}`, EXIT.usage, { cause });
};

/** Objects of one text. A document that is no object is one with a fault; those beside it are read all the same. */
export const parseManifests = (file: string, text: string): Manifest[] => {
  const lines = new LineCounter();
  return parseAllDocuments(text, { lineCounter: lines }).flatMap((document, index): Manifest[] => {
    const at = { file, document: index + 1, line: lines.linePos(document.contents?.range?.[0] ?? 0).line };
    const [error] = document.errors;
    if (error) {
      const { line } = lines.linePos(error.pos[0]);
      return [{ ...at, line, fault: { field: '', message: `no YAML: ${error.message.split('\n')[0]}` } }];
    }
    const value = document.toJS() as any;
    if (value === null || value === undefined) return []; // comments only
    const items = value.kind === 'List' && Array.isArray(value.items) ? (value.items as unknown[]) : [value];
    return items.map((item) => ({ ...at, ...judge(item) }));
  });
};

const judge = (value: any): Pick<Manifest, 'object' | 'fault'> => {
  const wrong = (field: string, message: string) => ({ fault: { field, message }, object: value as HubObject });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fault: { field: '', message: 'an object is wanted, as apiVersion: …, kind: …, metadata: …' } };
  }
  for (const field of ['apiVersion', 'kind']) {
    if (typeof value[field] !== 'string' || value[field] === '') return wrong(field, 'required, a text');
  }
  const name = value.metadata?.name as unknown;
  if (typeof name !== 'string' || name === '') {
    return wrong(
      'metadata.name',
      value.metadata?.generateName ? 'required: apply needs a fixed name' : 'required, a text',
    );
  }
  return { object: value as HubObject };
};
