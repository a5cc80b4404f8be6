import { atomicListOf, listOf, mapOf, objectOf, text } from './definition.ts';

const labelSelector = objectOf({
  matchLabels: mapOf(text),
  matchExpressions: atomicListOf(
    objectOf(
      {
        key: text,
        operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
        values: listOf(text),
      },
      ['key', 'operator'],
    ),
  ),
});

export const clusterSelectorSchema = objectOf({
  names: listOf(text),
  labels: labelSelector,
  regions: listOf(text),
  zones: listOf(text),
  providers: listOf(text),
  exclude: listOf(text),
});

export const objectSelectorsSchema = atomicListOf(
  objectOf({ apiVersion: text, kind: text, name: text, namespace: text, labels: mapOf(text) }, ['apiVersion', 'kind']),
);
