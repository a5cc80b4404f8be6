import { badRequest } from '../status-errors/errors.ts';
import { decodeYaml } from './decode-yaml.ts';
import { refuseHalfSurrogates, refuseInexact, refuseKey, tooDeep } from './refuse-value.ts';
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
  const { duplicates, prototypeKey, inexact, tooDeep: isTooDeep } = scanJson(text);
  if (isTooDeep) throw tooDeep();
  if (prototypeKey !== undefined) throw refuseKey(prototypeKey);
  if (inexact !== undefined) throw refuseInexact(inexact);
  // Only an escape can bring half a surrogate pair into text that was valid UTF-8.
  if (/\\u[dD][89a-fA-F]/.test(text)) refuseHalfSurrogates(value, '');
  return { value, duplicates };
}
