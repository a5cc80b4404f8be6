import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { bodyText, decodeBody, type DecodedBody } from '../decode/decode-body.ts';
import { readMetadata } from '../decode/metadata.ts';
import { type Exchange, header } from '../exchange.ts';
import { isObject, textOf } from '../merge/json.ts';
import { apiVersionOf } from '../resources/resource.ts';
import { checkSchema } from '../schema/check.ts';
import { dropUnknown } from '../schema/shape.ts';
import { badRequest, unsupportedMediaType } from '../status-errors/errors.ts';

/** Reads the body of a request; `media` names what this verb takes. */
export function readBody(exchange: Exchange, media: readonly string[]): DecodedBody {
  const sent = (header(exchange, 'content-type').split(';')[0] ?? '').trim().toLowerCase();
  const type = sent === '' ? 'application/json' : sent;
  if (type === 'application/vnd.kubernetes.protobuf') {
    throw unsupportedMediaType(
      'protobuf is not read here: send JSON or YAML (kubectl: add --dry-run=client -o yaml and pipe it to ' +
        'kubectl apply --server-side -f -)',
    );
  }
  if (!media.includes(type)) {
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${media.join(', ')}`,
    );
  }
  return decodeBody(bodyText(exchange.request.body), type.endsWith('yaml'));
}

export const objectMedia = ['application/json', 'application/yaml'];

/** Reads the object that a create or an update sends. */
export function decodeObject(exchange: Exchange): KubeObject {
  const { value, duplicates } = readBody(exchange, objectMedia);
  const object = asObjectOfKind(exchange, value);
  return checkDecoded(exchange, { object, duplicates });
}

/** Refuses what is no object of the resource that the path names. */
export function asObjectOfKind(exchange: Exchange, value: unknown): KubeObject {
  const { resource } = exchange;
  const expected = apiVersionOf(resource);
  if (!isObject(value)) {
    throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind}): it is no JSON object`);
  }
  const { apiVersion = expected, kind = resource.kind, metadata = {} } = value;
  if (kind !== resource.kind) {
    throw badRequest(
      `${textOf(kind)} in version "${resource.version}" cannot be handled as a ${resource.kind}: ` +
        `this path takes the kind ${resource.kind}`,
    );
  }
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${textOf(apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  if (!isObject(metadata)) {
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: metadata is no object`,
    );
  }
  const read = readMetadata(metadata);
  if (read.problem !== undefined) throw badRequest(cannotBeHandled(exchange, read.problem));
  return { ...value, apiVersion, kind, metadata: read.metadata } as KubeObject;
}

interface Decoded {
  readonly object: KubeObject;
  readonly duplicates: readonly string[];
}

/** Type errors are refused; unknown and repeated fields are refused, warned about or passed over, as the client asked. */
export function checkDecoded(exchange: Exchange, { object, duplicates }: Decoded): KubeObject {
  const { resource, context } = exchange;
  const { unknown, mismatches } = checkSchema(object, resource.schema, { builtIn: resource.builtIn });
  const [mismatch] = mismatches;
  if (mismatch !== undefined) throw badRequest(cannotBeHandled(exchange, mismatch.message));
  if (unknown.length > 0 || duplicates.length > 0) reportStrictness(exchange, { unknown, duplicates });
  const drop = unknown.length > 0 && (!resource.builtIn || context.options.unknownFields === 'drop');
  return drop ? dropUnknown(object, resource.schema) : object;
}

export interface StrictFindings {
  readonly unknown: readonly string[];
  readonly duplicates: readonly string[];
}

/** Applies `fieldValidation` to what was found. */
export function reportStrictness(exchange: Exchange, { unknown, duplicates }: StrictFindings): void {
  const level = exchange.query.get('fieldValidation') || 'Warn';
  const texts = [
    ...unknown.map((path) => `unknown field "${path}"`),
    ...duplicates.map((path) => `duplicate field "${path}"`),
  ];
  if (level === 'Strict') {
    const message = `strict decoding error: ${texts.join(', ')}`;
    throw badRequest(
      exchange.resource.builtIn ? cannotBeHandled(exchange, message) : cannotBeHandled(exchange, message),
    );
  }
  if (level === 'Warn') exchange.warnings.push(...texts);
  else if (level !== 'Ignore') {
    throw badRequest(`fieldValidation: Unsupported value: "${level}": supported values: "Ignore", "Strict", "Warn"`);
  }
}

function cannotBeHandled({ resource }: Exchange, why: string): string {
  return `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${why}`;
}
