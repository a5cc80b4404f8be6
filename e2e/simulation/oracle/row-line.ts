import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import type { Desired, Ledger, Manifest } from './ledger.ts';

/** An event in one line, for the history. The ledger has it already. */
export const lineOf = (row: StoredEvent, ledger: Ledger): string => {
  const place = `${row.cluster}/${row.uid}`;
  const head = `${row.position} ${row.type} ${row.uid.slice(0, 8)}${row.cluster === '' ? '' : ` in ${row.cluster}`}`;
  switch (row.type) {
    case 'ManifestStored':
    case 'ManifestDeleted':
      return `${head} ${manifestOf(ledger.manifests.last(row.uid)!.data)} by ${row.meta.actor}`;
    case 'PlacementDecided': {
      const { wanted, clusters, removed, shortfall } = ledger.placements.last(row.uid)!.data;
      const told = clusters.map(
        (one) => `${one.cluster} ${one.told}/${one.target} (${one.counted})${one.waitsFor && '…'}`,
      );
      const left = removed.map(({ cluster, cause }) => `-${cluster} (${cause})`);
      return `${head} v${row.version} n=${wanted}: ${[...told, ...left].join(', ')} short ${shortfall.length}`;
    }
    case 'ObjectDesired':
    case 'ObjectWithdrawn':
    case 'WithdrawalEnded':
      return `${head} ${desiredOf(ledger.desired.last(place)!.data)}`;
    case 'ObjectObserved': {
      const { state, count, placementVersion, reason, hasHeld, held } = ledger.observed.last(place)!.data;
      const ready = count ? `${count.ready} ready, lowest ${count.lowestReady}` : '';
      return `${head} ${ObservedState[state]} ${reason} p${placementVersion} ${ready}${hasHeld ? ` held ${held}` : ''}`;
    }
    case 'SelectionDecided': {
      const { fits, strategy, ungoverned, refusal } = ledger.selections.last(row.uid)!.data;
      const refused = refusal === '' ? '' : ` refused: ${refusal}`;
      return `${head} ${strategy}${ungoverned ? ' ungoverned' : ''} ${fits.map((fit) => fit.cluster + (fit.mayGrow ? '' : '!')).join(',')}${refused}`;
    }
    case 'ClusterJudged':
      return `${head} ${Verdict[ledger.verdicts.last(row.cluster)!.data.verdict]}`;
    default:
      return head;
  }
};

const manifestOf = (data: Manifest): string => {
  const ref = data.kind === 'stored' ? data.stored.ref! : data.deleted.ref!;
  if (data.kind === 'deleted') return `${ref.kind} ${ref.name} deleted`;
  return `${ref.kind} ${ref.name} generation ${data.stored.generation}, n=${data.stored.replicas}`;
};

const desiredOf = (data: Desired): string => {
  if (data.kind === 'desired')
    return `told ${data.desired.told} p${data.desired.placementVersion} ${data.desired.ref!.name}`;
  if (data.kind === 'withdrawn') return `cause ${data.withdrawn.cause} ${data.withdrawn.ref!.name}`;
  return data.ended.how;
};
