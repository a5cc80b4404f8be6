import { CORDON_TAINT, type ClusterTaint } from '@skerry/api/cluster/cluster';
import { usage } from '../failure.ts';

export type Taint = ClusterTaint;
export const cordonTaint: Taint = CORDON_TAINT;

const SHAPE = /^(?<key>[^=:\s]+)(=(?<value>[^=:\s]*))?:(?<effect>NoSchedule|NoExecute)(?<minus>-)?$/;

/** `key=value:Effect`, `key:Effect`, and with a minus at the end its removal. */
export const parseTaint = (text: string): { taint: Taint; isRemoval: boolean } => {
  const found = SHAPE.exec(text)?.groups;
  if (!found) {
    throw usage(
      `"${text}" is no taint: key=value:Effect or key:Effect, Effect NoSchedule or NoExecute (with - to remove it)`,
    );
  }
  const { key, value, effect, minus } = found as Record<string, string | undefined>;
  const taint = { key: key!, ...(value ? { value } : {}), effect: effect as Taint['effect'] };
  return { taint, isRemoval: minus !== undefined };
};

export const taintText = ({ key, value, effect }: Taint): string => `${key}${value ? `=${value}` : ''}:${effect}`;

const isSame = (one: Taint, other: Taint): boolean => one.key === other.key && one.effect === other.effect;

/** Key and effect name a taint: another value takes its place. */
export const withTaint = (taints: readonly Taint[], taint: Taint): Taint[] => [...withoutTaint(taints, taint), taint];

export const withoutTaint = (taints: readonly Taint[], taint: Taint): Taint[] =>
  taints.filter((one) => !isSame(one, taint));
