import { type Draw, oneOf, onceIn, text } from './nasty.ts';

const PATHS = [
  '/api/v1/configmaps',
  '/api/v1/namespaces/poison/configmaps',
  '/api/v1/namespaces/poison/configmaps/there',
  '/api/v1/namespaces/poison/secrets',
  '/apis/apps/v1/namespaces/poison/deployments',
  '/apis/apps/v1/namespaces/poison/deployments/there/scale',
  '/apis/apps/v1/namespaces/poison/deployments/there/status',
  '/apis/skerry.dev/v1alpha1/clusters',
  '/apis/skerry.dev/v1alpha1/placementpolicies',
  '/apis/sea.example/v1/boats',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  '/apis',
  '/api',
  '/openapi/v3',
  '/version',
  '/skerry/v1/events',
  '/skerry/v1/history/core/configmaps/poison/there',
  '/skerry/v1/placements/core/configmaps/poison/there',
  '/skerry/v1/withdrawals',
  '/skerry/v1/parked',
  '/skerry/v1/orphans',
  '/skerry/v1/syncers/a/desired',
];

const NUMBERS = [
  '0',
  '1',
  '-1',
  '1.5',
  '1e9',
  '99999999999999999999999',
  '9007199254740993',
  'NaN',
  '',
  ' ',
  '0x10',
  '００',
];

const VALUES: Readonly<Record<string, readonly string[]>> = {
  limit: NUMBERS,
  resourceVersion: NUMBERS,
  resourceVersionMatch: ['Exact', 'NotOlderThan', 'exact', ''],
  continue: [
    '',
    'a',
    btoa('{"v":"skerry/v1"}'),
    btoa('{"v":"skerry/v1","rv":"1","start":{}}'),
    btoa('null'),
    '%%%',
    '9'.repeat(3_000),
  ],
  labelSelector: [
    'a=b',
    'a in (b',
    'a in ()',
    '!',
    '!a',
    'constructor',
    '__proto__=1',
    'a,,b',
    '=',
    'a=é',
    'a'.repeat(9_000),
    'a>1',
    'a>x',
  ],
  fieldSelector: [
    'metadata.name=there',
    'metadata.name',
    'spec.x=1',
    'constructor=1',
    '__proto__.a=1',
    '=',
    'a==b==c',
    'metadata.name!=%00',
  ],
  timeoutSeconds: ['0', '1', '-1', '1.5', 'x', '99999999999999999999'],
  allowWatchBookmarks: ['true', 'x'],
  fieldValidation: ['Strict', 'strict', 'x'],
  dryRun: ['All', 'all', ''],
  pretty: ['true'],
  after: NUMBERS,
  from: NUMBERS,
  at: NUMBERS,
};

/** A question with odd parts: never with a watch that would go on. */
export const question = (draw: Draw): { path: string; query: string; headers: Record<string, string> } => {
  let path = oneOf(draw, PATHS);
  if (onceIn(draw, 3))
    path += `/${oneOf(draw, [encodeURIComponent(text(draw).toWellFormed()), '%', '%zz', '%00', '..', '%2f', '//', ''])}`;
  if (onceIn(draw, 12))
    path = oneOf(draw, ['//', '/%', '/api//v1', '/apis/%00/v1/x', '/skerry/v1/%', '/skerry/v1/', '/*']);
  const names = Object.keys(VALUES);
  const parameters = new URLSearchParams();
  for (let index = 0; index < 2; index++) {
    const name = oneOf(draw, names);
    parameters.append(name, oneOf(draw, VALUES[name]!).toWellFormed());
  }
  if (path.includes('/skerry/v1/events')) parameters.set('follow', 'false');
  const accept = oneOf(draw, [
    'application/json',
    '*/*',
    'application/json;as=Table;v=v1;g=meta.k8s.io',
    'text/x',
    'constructor',
    '',
  ]);
  return { path, query: `${String(parameters)}${onceIn(draw, 8) ? '&limit=%' : ''}`, headers: { accept } };
};

/** Chances that a name can be put on a path: what the name is of is for the answer to say. */
export const METHODS = ['GET', 'GET', 'GET', 'DELETE', 'PUT', 'POST', 'PATCH', 'HEAD', 'OPTIONS', 'PURGE'] as const;
