import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { ListQuery } from '@skerry/ports/object-store/object-store';
import type { Exchange } from '../exchange.ts';
import { parseFieldSelector } from '../selectors/field-selector.ts';
import { parseLabelSelector } from '../selectors/label-selector.ts';
import { type ErrorSubject, badRequest, type FieldProblem, invalid } from '../status-errors/errors.ts';
import { forbiddenField } from '../status-errors/field-problems.ts';

export type ObjectMatcher = (object: KubeObject) => boolean;

/** The selectors of a list or a watch as one matcher; undefined if they select everything. */
export function matcherOf(exchange: Exchange): ObjectMatcher | undefined {
  const { query, resource, path } = exchange;
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const { group, plural, selectableFields: more } = resource;
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', { group, plural, more });
  const byName = path.name === '' ? undefined : (object: KubeObject) => object.metadata.name === path.name;
  const matchers = [
    labels === undefined ? undefined : (object: KubeObject) => labels(object.metadata.labels ?? {}),
    fields,
    byName,
  ].filter((matcher) => matcher !== undefined);
  if (matchers.length === 0) return undefined;
  return (object) => matchers.every((matches) => matches(object));
}

const listOptions: ErrorSubject = { group: 'meta.k8s.io', plural: 'listoptions', kind: 'ListOptions' };

export function refuseListOption(problem: FieldProblem): never {
  throw invalid(listOptions, '', [problem]);
}

/** A version as clients send it: undefined if unset, '0' for "any". */
export function versionOf(exchange: Exchange): string | undefined {
  const text = exchange.query.get('resourceVersion') ?? '';
  if (text === '') return undefined;
  if (!/^\d+$/.test(text)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: must be a whole number`,
    );
  }
  return text.replace(/^0+(?=\d)/, '');
}

export function limitOf(exchange: Exchange): number | undefined {
  const text = exchange.query.get('limit') ?? '';
  if (text === '') return undefined;
  const limit = Number(text);
  if (!Number.isInteger(limit))
    throw badRequest(`limit: Invalid value: ${JSON.stringify(text)}: must be a whole number`);
  return limit > 0 ? limit : undefined;
}

/** Which state a list asks for, by `resourceVersion`, `resourceVersionMatch` and `continue`. */
export function listQueryOf(exchange: Exchange): ListQuery {
  const { query } = exchange;
  const version = versionOf(exchange);
  const match = query.get('resourceVersionMatch') ?? '';
  const limit = limitOf(exchange);
  const token = query.get('continue') ?? '';
  checkMatch({ match, version, token });
  if (token !== '') {
    if (version !== undefined && version !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    const { rv, start } = readToken(token);
    return { at: rv === '' ? undefined : rv, after: start, limit };
  }
  if (version === undefined || version === '0') return { limit };
  // Without a match rule, a version and a limit together have always meant exactly that version.
  const exact = match === 'Exact' || (match === '' && limit !== undefined);
  return exact ? { at: version, limit } : { notOlderThan: version, limit };
}

interface MatchCheck {
  readonly match: string;
  readonly version: string | undefined;
  readonly token: string;
}

function checkMatch({ match, version, token }: MatchCheck): void {
  if (match === '') return;
  const refuse = (why: string): never => refuseListOption(forbiddenField('resourceVersionMatch', why));
  if (token !== '') refuse('resourceVersionMatch is forbidden when continue is provided');
  if (version === undefined) refuse('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    refuseListOption({
      field: 'resourceVersionMatch',
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`,
    });
  }
  if (match === 'Exact' && version === '0') refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
}

interface ContinueToken {
  /** Version of the list that is continued; empty: whatever is there now. */
  readonly rv: string;
  readonly start: string;
}

export function writeToken(token: ContinueToken): string {
  return btoa(JSON.stringify({ v: 'skerry/v1', ...token }))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function readToken(text: string): ContinueToken {
  try {
    const { v, rv, start } = JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, string>;
    if (v === 'skerry/v1' && rv !== undefined && start !== undefined && /^\d*$/.test(rv)) return { rv, start };
  } catch {
    // Falls through to the one message for every kind of broken token.
  }
  throw badRequest('invalid continue token: continue key is not valid: it was not made by this server');
}
