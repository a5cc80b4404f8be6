import { badRequest } from '../status-errors/errors.ts';

/** What a path below `/api` or `/apis` names. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  /** Empty for the resource list of a group and version. */
  readonly plural: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** Reads the path of a resource; undefined if it is none. A namespace's own path is `/api/v1/namespaces/{name}`. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as string;
    if (part.includes('%')) parts[index] = decodePart(part);
  }
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return undefined;
  const group = core ? '' : parts[1];
  const version = core ? parts[1] : parts[2];
  if (group === undefined || version === undefined) return undefined;
  const rest = parts.slice(core ? 2 : 3);
  if (rest.length > 5) return undefined;
  if (rest[0] === 'namespaces' && rest.length > 2 && !isNamespaceSubresource(rest)) {
    const [, namespace = '', plural = '', name = '', subresource = ''] = rest;
    return { group, version, plural, namespace, name, subresource };
  }
  const [plural = '', name = '', subresource = ''] = rest;
  if (rest.length > 3) return undefined;
  return { group, version, plural, namespace: '', name, subresource };
}

function isNamespaceSubresource(rest: readonly string[]): boolean {
  return rest.length === 3 && (rest[2] === 'status' || rest[2] === 'finalize');
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(`the path holds an escape that is not valid: ${part}`);
  }
}
