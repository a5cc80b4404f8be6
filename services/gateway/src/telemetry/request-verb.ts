import { parseResourcePath } from '@skerry/kube-api/routes/parse-path';

/** What of a request says which verb it is. */
export interface RequestLine {
  readonly method: string;
  /** path and query */
  readonly url: string;
  readonly contentType: string;
}

/** All values of the label `verb`. Few and fixed: a label that clients could fill would grow without bound. */
export type RequestVerb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'apply'
  | 'delete'
  | 'deletecollection'
  | 'discover'
  | 'query'
  | 'syncer'
  | 'other';

const ON_OBJECT: Readonly<Record<string, RequestVerb>> = {
  GET: 'get',
  PUT: 'update',
  DELETE: 'delete',
};
const ON_COLLECTION: Readonly<Record<string, RequestVerb>> = {
  GET: 'list',
  POST: 'create',
  DELETE: 'deletecollection',
};

const isSet = (value: string | null): boolean => value !== null && value !== 'false' && value !== '0';

/** Throws for no input. The verb as a person who looks at figures thinks of it; `watch` is whatever stays open until somebody ends it. */
export const requestVerb = ({ method, url, contentType }: RequestLine): RequestVerb => {
  const [pathname = '', query] = url.split('?', 2);
  const searchParams = new URLSearchParams(query);
  if (pathname.startsWith('/skerry/v1/')) {
    if (pathname.startsWith('/skerry/v1/syncers/')) return 'syncer';
    return isSet(searchParams.get('follow')) ? 'watch' : 'query';
  }
  // escapes may be broken, which is for the answer to say; they do not change how many parts there are
  const named = parseResourcePath(pathname.replaceAll('%', ''));
  if (!named) return /^\/(api|apis|openapi)(\/|$)/.test(pathname) ? 'discover' : 'other';
  if (named.plural === '') return 'discover';
  if (named.name === '' && method === 'GET' && isSet(searchParams.get('watch'))) return 'watch';
  if (method === 'PATCH') return contentType.startsWith('application/apply-patch') ? 'apply' : 'patch';
  return (named.name === '' ? ON_COLLECTION : ON_OBJECT)[method] ?? 'other';
};
