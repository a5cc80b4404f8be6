import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemberClient } from '@skerry/adapters/kubernetes/member-client';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import type { MemberResponse } from '@skerry/ports/member/member';
import { isTooLarge } from '@skerry/adapters/kubernetes/too-large';
import { boatOf, definitionOf } from '@skerry/testing/syncer/manifests';
import { eventually } from '../support/fleet.ts';
import { type RealApiserver, startRealApiserver } from '../parity/real-apiserver.ts';

const GROUP = 'large.example.com';
const BOATS = `/apis/${GROUP}/v1/namespaces/default/boats`;
const KIB = 1_024;

let server: RealApiserver;
let member: MemberClient;
beforeAll(async () => {
  server = await startRealApiserver();
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: server.url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: server.token } }],
  };
  member = new MemberClient({ clock: systemClock, loadKubeconfig: async () => JSON.stringify(kubeconfig) });
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  await member.request({ method: 'POST', path: definitions, body: JSON.stringify(boatsWithLog()) });
  await eventually(
    'boats are served',
    async () => (await member.request({ method: 'GET', path: BOATS })).status === 200,
  );
}, 120_000);
afterAll(async () => {
  await member?.close();
  await server?.stop();
}, 30_000);

/** Their log may be as long as somebody likes. */
const boatsWithLog = (): object => {
  const definition = structuredClone(definitionOf(GROUP)) as any;
  definition.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.log = { type: 'string' };
  return definition;
};

/** As the syncer applies it. */
const apply = (name: string, bytes: number): Promise<MemberResponse> => {
  const boat = boatOf(GROUP, 'default');
  const metadata = { ...boat.metadata, name, annotations: undefined };
  const body = JSON.stringify({ ...boat, metadata, spec: { sails: 2, log: 'x'.repeat(bytes) } });
  const path = `${BOATS}/${name}?fieldManager=skerry&force=false`;
  return member.request({ method: 'PATCH', path, contentType: 'application/apply-patch+yaml', body });
};

describe('a real kube-apiserver', () => {
  it.each([
    ['takes an', 1_400, 201, false],
    ['says that its etcd takes no', 1_600, 500, true],
    ['says that it can send its etcd no', 2_200, 500, true],
    ['refuses to read an', 3_100, 413, true],
  ])('%s object of %i KiB, and we know what that means', async (_says, kib, status, tooLarge) => {
    const answer = await apply(`boat-${kib}`, kib * KIB);
    expect([answer.status, isTooLarge(answer)]).toEqual([status, tooLarge]);
  });
});
