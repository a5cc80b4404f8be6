import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { answer, type Exchange, header, present } from '../exchange.ts';
import { jsonPatch, JsonPatchError, type JsonPatchOperation, MAX_OPERATIONS } from '../patch/json-patch.ts';
import { readMetadata } from '../decode/metadata.ts';
import { isTooDeep, tooDeep } from '../decode/refuse-value.ts';
import { isObject, type JsonObject } from '../merge/json.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import type { KubeResponse } from '../request.ts';
import { checkSchema } from '../schema/check.ts';
import { dropUnknown } from '../schema/shape.ts';
import { badRequest, invalid, unsupportedMediaType } from '../status-errors/errors.ts';
import { forbiddenField } from '../status-errors/field-problems.ts';
import { StatusError } from '../status-errors/status-error.ts';
import { represent } from '../table/represent.ts';
import { apply } from './apply.ts';
import { readBody } from './decode-object.ts';
import { patchOptions } from './patch-options.ts';
import { replaceObject } from './replace.ts';

const jsonMedia = 'application/json-patch+json';
const mergeMedia = 'application/merge-patch+json';
const strategicMedia = 'application/strategic-merge-patch+json';
const applyMedia = ['application/apply-patch+yaml', 'application/apply-patch+json'];
const patchMedia = [jsonMedia, mergeMedia, ...applyMedia];

/** PATCH, by content type: JSON patch, merge patch or server-side apply. */
export async function patch(exchange: Exchange): Promise<KubeResponse> {
  const type = (header(exchange, 'content-type').split(';')[0] ?? '').trim().toLowerCase();
  if (type === strategicMedia) {
    throw unsupportedMediaType(
      `strategic merge patch (${strategicMedia}) is not supported: use server-side apply ` +
        `(${applyMedia[0]}, kubectl apply --server-side) or a JSON merge patch (${mergeMedia}, kubectl patch --type=merge)`,
    );
  }
  if (applyMedia.includes(type)) return apply(exchange);
  if (type !== jsonMedia && type !== mergeMedia) {
    throw unsupportedMediaType(
      `patches of type ${JSON.stringify(type)} are not supported; supported are: ${patchMedia.join(', ')}`,
    );
  }
  if (exchange.query.has('force')) {
    throw invalid(patchOptions, '', [forbiddenField('force', 'may not be specified for non-apply patch')]);
  }
  const patched = patcherOf(exchange, type);
  const stored = await replaceObject(exchange, {
    verb: 'patch',
    next: (before) => checkPatched(exchange, patched(before)),
  });
  return answer(exchange, 200, represent(exchange, present(exchange, stored)));
}

/** How the sent patch changes any JSON value. */
export function patcherOf(exchange: Exchange, type: string): (before: object) => unknown {
  const { value } = readBody(exchange, [jsonMedia, mergeMedia]);
  if (type === mergeMedia) {
    if (!isObject(value)) throw badRequest('error decoding patch: a merge patch is a JSON object');
    return (before) => mergePatch(before, value);
  }
  if (!Array.isArray(value)) throw badRequest('error decoding patch: a JSON patch is a list of operations');
  for (const operation of value) {
    if (!isObject(operation) || typeof operation.op !== 'string' || typeof operation.path !== 'string') {
      throw badRequest('error decoding patch: every operation has the texts "op" and "path"');
    }
  }
  if (value.length > MAX_OPERATIONS) {
    throw tooManyOperations(value.length);
  }
  return (before) => {
    try {
      return jsonPatch(before, value as JsonPatchOperation[]);
    } catch (cause) {
      if (!(cause instanceof JsonPatchError)) throw cause;
      throw failedPatch(cause, value as JsonPatchOperation[]);
    }
  };
}

function tooManyOperations(count: number): StatusError {
  return new StatusError({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `the patch has ${count} operations; allowed are ${MAX_OPERATIONS}`,
  });
}

/** Kubernetes says no more than the message; the cause names the operation that could not be carried out, and why. */
function failedPatch({ index, why }: JsonPatchError, operations: readonly JsonPatchOperation[]): StatusError {
  const { op, path } = operations[index]!;
  const message = `Invalid value: ${JSON.stringify(`${op} ${path}`.slice(0, 300))}: ${why}`;
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    details: { causes: [{ reason: 'FieldValueInvalid', message, field: `patch[${index}]` }] },
  });
}

function checkPatched(exchange: Exchange, patched: unknown): KubeObject {
  const { resource, path, context } = exchange;
  if (!isObject(patched) || !isObject(patched.metadata)) throw badRequest('the patch leaves no object with metadata');
  // one operation may put what is deep below what is deep
  if (isTooDeep(patched)) throw tooDeep();
  const { metadata, problem } = readMetadata(patched.metadata);
  if (problem !== undefined) throw invalidPatch(patched, problem);
  const object = { ...patched, metadata } as KubeObject;
  const { name } = metadata;
  if (name !== path.name) {
    throw badRequest(`the name of the object (${String(name)}) does not match the name on the URL (${path.name})`);
  }
  const { unknown, mismatches } = checkSchema(object, resource.schema, { builtIn: resource.builtIn });
  const [mismatch] = mismatches;
  if (mismatch !== undefined) throw invalidPatch(object, mismatch.message);
  if (unknown.length === 0) return object;
  const level = exchange.query.get('fieldValidation') || 'Warn';
  const texts = unknown.map((at) => `unknown field "${at}"`);
  if (level === 'Strict') throw invalidPatch(object, `strict decoding error: ${texts.join(', ')}`);
  if (level === 'Warn') exchange.warnings.push(...texts);
  const drop = !resource.builtIn || context.options.unknownFields === 'drop';
  return drop ? dropUnknown(object, resource.schema) : object;
}

/** Kubernetes quotes the whole patched object here. */
function invalidPatch(object: JsonObject, why: string): StatusError {
  const sorted = Object.fromEntries(Object.entries(object).sort(([left], [right]) => (left < right ? -1 : 1)));
  const message = `Invalid value: ${JSON.stringify(JSON.stringify(sorted))}: ${why}`;
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: ` "" is invalid: patch: ${message}`,
    details: { causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }] },
  });
}
