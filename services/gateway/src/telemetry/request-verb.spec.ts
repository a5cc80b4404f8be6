import { requestVerb } from './request-verb.ts';

const WEB = '/apis/apps/v1/namespaces/shop/deployments';

describe('the verb of a request, for figures', () => {
  it.each([
    ['GET', WEB, 'list'],
    ['GET', `${WEB}?watch=true&resourceVersion=7`, 'watch'],
    ['GET', `${WEB}?watch=false`, 'list'],
    ['GET', `${WEB}/web`, 'get'],
    ['POST', WEB, 'create'],
    ['PUT', `${WEB}/web`, 'update'],
    ['PATCH', `${WEB}/web?fieldManager=me`, 'apply', 'application/apply-patch+yaml'],
    ['PATCH', `${WEB}/web/scale`, 'patch', 'application/merge-patch+json'],
    ['DELETE', `${WEB}/web`, 'delete'],
    ['DELETE', WEB, 'deletecollection'],
    ['GET', '/api/v1/namespaces', 'list'],
    ['GET', '/api/v1/namespaces/shop', 'get'],
    ['GET', '/apis', 'discover'],
    ['GET', '/apis/apps/v1', 'discover'],
    ['GET', '/openapi/v3/apis/apps/v1', 'discover'],
    ['GET', '/skerry/v1/events?from=0&follow=true', 'watch'],
    ['GET', '/skerry/v1/events?from=0&follow=false', 'query'],
    ['GET', '/skerry/v1/placements/core/configmaps/shop/a', 'query'],
    ['GET', '/skerry/v1/syncers/c1/bodies/u1', 'syncer'],
    ['GET', '/readyz', 'other'],
    ['TRACE', WEB, 'other'],
    ['GET', '/api/v1/namespaces/%E0%A4', 'get'],
    ['GET', '//', 'other'],
    ['GET', '', 'other'],
  ])('of %s %s is %s', (method, url, verb, contentType = '') => {
    expect(requestVerb({ method, url, contentType })).toBe(verb);
  });
});
