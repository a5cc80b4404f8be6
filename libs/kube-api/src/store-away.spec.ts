import { describe, expect, it } from '@jest/globals';
import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import { TransientFailure } from '@skerry/kernel/errors';
import { createKubeApi } from './kube-api.ts';
import { TestEnvironment } from './kube-api.spec-support.ts';

/** A store that throws this when it is read. */
const apiOver = (failure: Error) => {
  const store = new MemoryObjectStore();
  store.list = () => Promise.reject(failure);
  return createKubeApi({ store, environment: new TestEnvironment() });
};
const list = { method: 'GET', path: '/api/v1/namespaces/shop/configmaps' };

describe('an API whose store', () => {
  it('is away for a while answers 503 and after how long to try again, which clients then do', async () => {
    const { status, headers, body } = await apiOver(new TransientFailure('connect ECONNREFUSED')).handle(list);
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(JSON.parse(body)).toMatchObject({
      reason: 'ServiceUnavailable',
      message: 'the server is currently unable to handle the request: connect ECONNREFUSED',
      details: { retryAfterSeconds: 1 },
    });
  });

  it('has a bug answers 500, and nobody is told to try again', async () => {
    const { status, headers } = await apiOver(new TypeError('undefined is not a function')).handle(list);
    expect([status, headers['retry-after']]).toEqual([500, undefined]);
  });
});
