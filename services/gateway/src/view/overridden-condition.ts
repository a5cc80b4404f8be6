import type { Condition } from '@skerry/engines/status/merge-status';
import { byText } from '@skerry/kernel/order';
import type { Said } from './said.ts';

/** Says which overrides an object does not get, and in which clusters; undefined where it gets them all. */
export const overriddenCondition = ({ desired }: Said): Condition | undefined => {
  const clusters = new Map<string, string[]>();
  for (const [cluster, { refusedOverrides }] of [...desired].sort(([a], [b]) => byText(a, b))) {
    for (const line of refusedOverrides) clusters.set(line, [...(clusters.get(line) ?? []), cluster]);
  }
  if (clusters.size === 0) return undefined;
  const message = [...clusters].map(([line, where]) => `${where.join(', ')}: ${line}`).join('; ');
  return { type: 'skerry.dev/Overridden', status: 'False', reason: 'LeftOut', message };
};
