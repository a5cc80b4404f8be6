import type { ManifestFacts } from '@skerry/domain/manifest/facts';
import type { Chosen } from '@skerry/domain/selection/selection';
import { canonicalJson } from '@skerry/kernel/canonical';

/**
 * The division basis: exactly the inputs that dividing reads of the manifest and its selection. `rollout` computes the
 * same text and renders a generation only when the placement was decided on it; an edit of an image does not touch it.
 */
export const divisionBasisText = ({
  facts,
  selection,
}: {
  facts: Pick<ManifestFacts, 'hasReplicas' | 'replicas' | 'withdraw' | 'deleted'>;
  selection: Chosen | undefined;
}): string =>
  `${canonicalJson([facts.hasReplicas ? facts.replicas : null, facts.withdraw || facts.deleted])}${textOf(selection)}`;

/** A selection may name every cluster of the fleet and is read at every look at its workload: its text is made once. */
const texts = new WeakMap<Chosen, string>();

const textOf = (selection: Chosen | undefined): string => {
  if (!selection) return '';
  const known = texts.get(selection);
  if (known !== undefined) return known;
  const { policy, strategy, weightsHash, adopt, ungoverned, refusal, fits } = selection;
  const places = fits.map((fit) => [fit.cluster, fit.weight, fit.min, fit.max, fit.mayGrow]);
  // not canonicalJson: lists have an order already, and JSON.stringify is ten times as fast
  const text = JSON.stringify([policy?.uid ?? '', strategy, weightsHash, adopt, ungoverned, refusal, places]);
  texts.set(selection, text);
  return text;
};
