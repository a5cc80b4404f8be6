import type { SelectionDecided } from '@skerry/contract/generated/skerry/v1/selection_pb';
import type { ManifestFacts } from '@skerry/domain/manifest/facts';
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
  selection: SelectionDecided | undefined;
}): string =>
  canonicalJson({
    replicas: facts.hasReplicas ? facts.replicas : null,
    withdrawn: facts.withdraw || facts.deleted,
    selection: selection && {
      policy: selection.policy?.uid ?? '',
      strategy: selection.strategy,
      weights: selection.weightsHash,
      adopt: selection.adopt,
      ungoverned: selection.ungoverned,
      refusal: selection.refusal,
      fits: selection.fits.map((fit) => [fit.cluster, fit.weight, fit.min, fit.max, fit.mayGrow]),
    },
  });
