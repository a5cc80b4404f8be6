import { isObject, type JsonObject, jsonEqual } from '../merge/json.ts';

export interface JsonPatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** Why a JSON patch could not be carried out: which operation, which path. */
export class JsonPatchError extends Error {
  readonly index: number;
  readonly why: string;

  constructor(message: string, { index, cause }: { index: number; cause: Error }) {
    super(message, { cause });
    this.index = index;
    this.why = cause.message;
  }
}

/** As in Kubernetes. */
export const MAX_OPERATIONS = 10_000;
/** What all copies and tests of a patch may look at together: each copy can double a document, and a test reads it whole. */
const MAX_VALUES = 1_000_000;

/** RFC 6902. All operations or none; the target is not changed. Throws JsonPatchError. */
export function jsonPatch(target: unknown, operations: readonly JsonPatchOperation[]): unknown {
  let document = structuredClone(target);
  const work = new Work(MAX_VALUES);
  operations.forEach((operation, index) => {
    try {
      document = applyOne(document, { operation, work });
    } catch (cause) {
      const what = `operation ${index} (${operation.op.slice(0, 60)} ${operation.path.slice(0, 200)})`;
      throw new JsonPatchError(`${what}: ${(cause as Error).message}`, { index, cause: cause as Error });
    }
  });
  return document;
}

/** Counts what is looked at, and ends a patch that looks at too much. */
class Work {
  #left: number;

  constructor(values: number) {
    this.#left = values;
  }

  spend(value: unknown): unknown {
    if (--this.#left < 0) throw new Error(`all copies and tests of a patch may read ${MAX_VALUES} values at most`);
    if (typeof value === 'object' && value !== null) for (const below of Object.values(value)) this.spend(below);
    return value;
  }
}

interface Step {
  readonly operation: JsonPatchOperation;
  readonly work: Work;
}

function applyOne(document: unknown, { operation, work }: Step): unknown {
  const path = tokens(operation.path);
  switch (operation.op) {
    case 'add':
      return add(document, path, structuredClone(operation.value));
    case 'remove':
      return remove(document, path);
    case 'replace':
      read(document, path);
      return path.length === 0 ? operation.value : put(document, path, structuredClone(operation.value));
    case 'move': {
      const from = tokens(operation.from ?? '');
      const value = read(document, from);
      return add(remove(document, from), path, value);
    }
    case 'copy':
      return add(document, path, structuredClone(work.spend(read(document, tokens(operation.from ?? '')))));
    case 'test':
      if (!jsonEqual(work.spend(readOrNull(document, path)), operation.value ?? null))
        throw new Error('the test failed');
      return document;
    default:
      throw new Error(`unknown operation; allowed are add, remove, replace, move, copy, test`);
  }
}

function tokens(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw new Error('a path starts with "/"');
  return pointer
    .slice(1)
    .split('/')
    .map((token) => {
      if (/~(?![01])/.test(token)) throw new Error('in a path "~" is written ~0 and "/" inside a name ~1');
      return token.replaceAll('~1', '/').replaceAll('~0', '~');
    });
}

function readOrNull(document: unknown, path: readonly string[]): unknown {
  try {
    return read(document, path);
  } catch {
    // RFC 6902 has no way to test for absence; Kubernetes lets null stand for it.
    return null;
  }
}

function read(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const token of path) value = step(value, token);
  return value;
}

function step(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return value[index(value, token)];
  if (isObject(value) && Object.hasOwn(value, token)) return value[token];
  throw new Error(`nothing at ${JSON.stringify(token)}`);
}

function index(list: readonly unknown[], token: string, end = list.length - 1): number {
  const at = Number(token);
  if (!/^(0|[1-9]\d*)$/.test(token) || at > end) throw new Error(`no index ${JSON.stringify(token)} in the list`);
  return at;
}

function parentOf(document: unknown, path: readonly string[]): JsonObject | unknown[] {
  const parent = read(document, path.slice(0, -1));
  if (!isObject(parent) && !Array.isArray(parent)) throw new Error('the parent is neither an object nor a list');
  return parent;
}

function add(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  const parent = parentOf(document, path);
  const token = path.at(-1) as string;
  if (Array.isArray(parent))
    parent.splice(token === '-' ? parent.length : index(parent, token, parent.length), 0, value);
  else assign(parent, token, value);
  return document;
}

function put(document: unknown, path: readonly string[], value: unknown): unknown {
  const parent = parentOf(document, path);
  const token = path.at(-1) as string;
  if (Array.isArray(parent)) parent[index(parent, token)] = value;
  else assign(parent, token, value);
  return document;
}

function assign(parent: JsonObject, token: string, value: unknown): void {
  if (token === '__proto__') throw new Error('a key named __proto__ cannot be stored');
  parent[token] = value;
}

function remove(document: unknown, path: readonly string[]): unknown {
  if (path.length === 0) throw new Error('the whole document cannot be removed');
  const parent = parentOf(document, path);
  const token = path.at(-1) as string;
  if (Array.isArray(parent)) parent.splice(index(parent, token), 1);
  else {
    step(parent, token);
    delete parent[token];
  }
  return document;
}
