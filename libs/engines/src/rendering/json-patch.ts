import type { JsonPatchOperation } from '@skerry/api/override-policy/override-policy';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export class PatchMismatch extends Error {
  override readonly name = 'PatchMismatch';
}

const decode = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

/** RFC 6902 add, replace and remove on a copy. Throws PatchMismatch, naming the pointer, where the path does not lead anywhere. */
export const applyJsonPatch = (document: Json, operations: readonly JsonPatchOperation[]): Json =>
  operations.reduce((current, operation) => {
    const tokens = operation.path.split('/').slice(1).map(decode);
    return step(current, { tokens, operation });
  }, document);

interface Step {
  readonly tokens: readonly string[];
  readonly operation: JsonPatchOperation;
}

const mismatch = ({ operation }: Step, why: string): never => {
  throw new PatchMismatch(`JSON patch ${operation.op} ${operation.path}: ${why}`);
};

const step = (node: Json, at: Step): Json => {
  const [token, ...rest] = at.tokens;
  if (token === undefined) return at.operation.op === 'remove' ? null : ((at.operation.value ?? null) as Json);
  if (Array.isArray(node)) return stepList(node as readonly Json[], { ...at, tokens: [token, ...rest] });
  if (node === null || typeof node !== 'object') return mismatch(at, `${token} is below a plain value`);
  return stepMap(node as { readonly [key: string]: Json }, { ...at, tokens: [token, ...rest] });
};

const stepMap = (node: { readonly [key: string]: Json }, at: Step): Json => {
  const [token, ...rest] = at.tokens as [string, ...string[]];
  const present = Object.hasOwn(node, token);
  if (rest.length > 0) {
    if (!present) return mismatch(at, `${token} does not exist`);
    return { ...node, [token]: step(node[token]!, { ...at, tokens: rest }) };
  }
  if (at.operation.op === 'add') return { ...node, [token]: (at.operation.value ?? null) as Json };
  if (!present) return mismatch(at, `${token} does not exist`);
  if (at.operation.op === 'replace') return { ...node, [token]: (at.operation.value ?? null) as Json };
  const { [token]: _removed, ...left } = node;
  return left;
};

const stepList = (node: readonly Json[], at: Step): Json => {
  const [token, ...rest] = at.tokens as [string, ...string[]];
  const adds = rest.length === 0 && at.operation.op === 'add';
  // RFC 6901: digits without a leading zero; Number() would take the empty token for 0, and 1e0 for 1
  const index = token === '-' ? node.length : /^(0|[1-9]\d*)$/.test(token) ? Number(token) : -1;
  if (index < 0 || index > (adds ? node.length : node.length - 1)) {
    return mismatch(at, `index ${JSON.stringify(token)} is outside the list of ${node.length}`);
  }
  const list = [...node];
  if (rest.length > 0) list[index] = step(node[index]!, { ...at, tokens: rest });
  else if (at.operation.op === 'remove') list.splice(index, 1);
  else list.splice(index, adds ? 0 : 1, (at.operation.value ?? null) as Json);
  return list;
};
