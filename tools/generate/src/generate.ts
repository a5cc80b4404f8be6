import { ToolFailure } from '@skerry/native/tool-failure';
import { planAggregate } from './aggregate/plan-aggregate.ts';
import { carryOut, type Plan } from './changes.ts';
import { planPlugin } from './plugin/plan-plugin.ts';
import { planService } from './service/plan-service.ts';

interface Kind {
  readonly words: string;
  readonly count: number;
  readonly plan: (words: readonly string[]) => Plan;
}

/** What can be generated, by the first word. */
const KINDS: Readonly<Record<string, Kind>> = {
  service: { words: 'service <name>', count: 1, plan: ([name]) => planService(name!) },
  aggregate: { words: 'aggregate <category>', count: 1, plan: ([category]) => planAggregate(category!) },
  plugin: { words: 'plugin <engine> <name>', count: 2, plan: ([engine, name]) => planPlugin(engine!, name!) },
};

export interface Generated {
  /** what was written or changed */
  readonly paths: readonly string[];
  readonly left: readonly string[];
}

/** Throws ToolFailure for words that are none of the kinds; nothing is then written. */
export const generate = async (root: string, words: readonly string[]): Promise<Generated> => {
  const [first = '', ...rest] = words;
  const kind = KINDS[first];
  const allowed = Object.values(KINDS)
    .map((one) => one.words)
    .join(' · ');
  if (!kind || rest.length !== kind.count)
    throw new ToolFailure(`cannot generate "${words.join(' ')}"`, `use ${allowed}`);
  const plan = kind.plan(rest);
  return { paths: await carryOut(root, plan), left: plan.left };
};
