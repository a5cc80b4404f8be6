import { type Document, isCollection, isScalar, parseDocument, type Scalar, visit } from 'yaml';
import { badRequest } from '../status-errors/errors.ts';
import { isTooDeep, refuseHalfSurrogates, refuseInexact, refuseKey, tooDeep } from './refuse-value.ts';
import { isExact } from './scan-json.ts';

/** Reads YAML 1.2; what JSON cannot say, or would say otherwise, is refused. */
export function decodeYaml(text: string): { readonly value: unknown; readonly duplicates: readonly string[] } {
  const document = parse(text, false);
  const [problem] = [...document.errors, ...document.warnings];
  if (problem?.code === 'RESOURCE_EXHAUSTION') throw tooDeep();
  if (problem !== undefined) throw invalidYaml(problem.message);
  if (/__proto__/.test(text)) throw refuseKey('__proto__');
  checkNodes(document);
  const duplicates = parse(text, true)
    .errors.filter(({ code }) => code === 'DUPLICATE_KEY')
    .map(({ linePos }) => `line ${linePos?.[0].line ?? '?'}`);
  const value = toValue(document);
  // aliases lengthen what a text of few lines says
  if (isTooDeep(value)) throw tooDeep();
  refuseHalfSurrogates(value, '');
  return { value, duplicates };
}

function invalidYaml(why: string): Error {
  return badRequest(`the body is not valid YAML: ${why}`);
}

/** The parser calls itself for every level. */
function parse(text: string, uniqueKeys: boolean): Document {
  try {
    return parseDocument(text, { uniqueKeys, merge: true, schema: 'core', version: '1.2' });
  } catch (cause) {
    throw cause instanceof RangeError ? tooDeep() : invalidYaml((cause as Error).message);
  }
}

function toValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw cause instanceof RangeError ? tooDeep() : invalidYaml((cause as Error).message);
  }
}

function checkNodes(document: Document): void {
  try {
    visit(document, {
      Pair: (_at, { key }) => {
        if (isCollection(key)) throw invalidYaml('a key is a list or a map; allowed are texts');
      },
      Collection: (_at, { tag }) => checkTag(tag),
      Scalar: (_at, node) => {
        checkTag(node.tag);
        checkNumber(node);
      },
    });
  } catch (cause) {
    throw cause instanceof RangeError ? tooDeep() : cause;
  }
}

const PLAIN_TAG = /^(!|tag:yaml\.org,2002:(str|int|float|bool|null|map|seq))$/;

/** Others make values that JSON has not: bytes, sets, ordered maps. */
function checkTag(tag: string | undefined): void {
  if (tag !== undefined && !PLAIN_TAG.test(tag)) {
    throw invalidYaml(
      `the tag ${tag} makes what JSON has not; allowed are !!str, !!int, !!float, !!bool, !!null, !!map, !!seq`,
    );
  }
}

function checkNumber(node: Scalar): void {
  if (!isScalar(node) || typeof node.value !== 'number') return;
  const written = node.source ?? String(node.value);
  if (isExact(written, node.value)) return;
  throw refuseInexact({ path: `line of ${written.slice(0, 60)}`, written });
}
