import { parseDocument } from 'yaml';
import { badRequest } from '../status-errors/errors.ts';
import { scanJson } from './scan-json.ts';

/** A decoded body and what its decoding would have lost silently. */
export interface DecodedBody {
  readonly value: unknown;
  readonly duplicates: readonly string[];
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** The text of a body; 400 if it is not UTF-8. */
export function bodyText(body: Uint8Array | string | undefined): string {
  if (body === undefined) return '';
  if (typeof body === 'string') {
    if (!body.isWellFormed()) throw badRequest('the body is not valid text: it holds half of a surrogate pair');
    return body;
  }
  try {
    return utf8.decode(body);
  } catch {
    throw badRequest('the body is not valid UTF-8');
  }
}

/** Reads JSON, or YAML where the text is no JSON and `yaml` allows it. */
export function decodeBody(text: string, yaml: boolean): DecodedBody {
  const start = text.trimStart().charCodeAt(0);
  if (yaml && start !== 123 && start !== 91) return decodeYaml(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badRequest(`the body is not valid JSON: ${(cause as Error).message}`);
  }
  // Only an escape can bring half a surrogate pair into text that was valid UTF-8.
  if (/\\u[dD][89a-fA-F]/.test(text)) refuseHalfSurrogates(value, '');
  const { duplicates, prototypeKey } = scanJson(text);
  if (prototypeKey !== undefined) refuseKey(prototypeKey);
  return { value, duplicates };
}

function refuseKey(path: string): never {
  throw badRequest(`field ${JSON.stringify(path)}: a key named __proto__ cannot be stored`);
}

function decodeYaml(text: string): DecodedBody {
  const document = parseDocument(text, { uniqueKeys: false, merge: true, schema: 'core', version: '1.2' });
  const [error] = document.errors;
  if (error !== undefined) throw badRequest(`the body is not valid YAML: ${error.message}`);
  if (/__proto__/.test(text)) refuseKey('__proto__');
  const strict = parseDocument(text, { uniqueKeys: true, merge: true });
  const duplicates = strict.errors
    .filter((problem) => problem.code === 'DUPLICATE_KEY')
    .map((problem) => `line ${problem.linePos?.[0].line ?? '?'}`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw badRequest(`the body is not valid YAML: ${(cause as Error).message}`);
  }
  return { value, duplicates };
}

function refuseHalfSurrogates(value: unknown, path: string): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw badRequest(`field ${JSON.stringify(path)} holds half of a surrogate pair`);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => refuseHalfSurrogates(item, `${path}[${index}]`));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, field] of Object.entries(value)) {
      const below = path === '' ? key : `${path}.${key}`;
      if (!key.isWellFormed()) throw badRequest(`a key in ${JSON.stringify(path)} holds half of a surrogate pair`);
      refuseHalfSurrogates(field, below);
    }
  }
}
