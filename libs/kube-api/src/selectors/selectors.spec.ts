import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';

const labels = { app: 'web', tier: 'back', rank: '5', 'x.dev/zone': '' };

describe('a label selector', () => {
  it.each<[string, boolean]>([
    ['app=web', true],
    ['app==db', false],
    ['app!=db', true],
    ['none!=x', true],
    ['tier in (front, back)', true],
    ['tier notin (front,back)', false],
    ['none notin (x)', true],
    ['x.dev/zone', true],
    ['!x.dev/zone', false],
    ['rank>4,rank<6', true],
    ['rank>5', false],
    ['app=web,tier in (a,b),!old', false],
    ['x.dev/zone=', true],
    ['toString', false],
  ])('%s selects: %s', (text, wanted) => {
    expect(parseLabelSelector(text)?.(labels)).toBe(wanted);
  });

  it.each(['a!!b', 'a b', 'a in (b', '=x', 'A_/b=c', 'a=b c'])('is refused with its text: %s', (text) => {
    expect(() => parseLabelSelector(text)).toThrow(/unable to parse requirement/);
  });

  it('selects everything when it is empty', () => {
    expect(parseLabelSelector(' ')).toBeUndefined();
  });
});

describe('a field selector', () => {
  const pod = { metadata: { name: 'p', namespace: 'n' }, status: { phase: 'Running' } } as unknown as KubeObject;
  const pods = { group: '', plural: 'pods' };

  it.each<[string, boolean]>([
    ['metadata.name=p', true],
    ['metadata.name!=p', false],
    ['status.phase=Running,metadata.namespace=n', true],
    ['spec.nodeName=', true],
    ['spec.nodeName!=', false],
  ])('%s selects: %s', (text, wanted) => {
    expect(parseFieldSelector(text, pods)?.(pod)).toBe(wanted);
  });

  it('names the fields that can be selected by when asked for another', () => {
    expect(() => parseFieldSelector('spec.color=red', pods)).toThrow(
      /spec.color; supported are metadata.name.*status.phase/,
    );
    expect(() => parseFieldSelector('status.phase=x', { group: '', plural: 'configmaps' })).toThrow(/not supported/);
  });
});
