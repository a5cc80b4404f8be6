import type { Bus } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { EventStore, StoredEvent } from '@skerry/ports/event-store/event-store';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ChannelSelection } from './channel-selection.ts';

export interface ConsumerOptions {
  readonly name: string;
  readonly selection: ChannelSelection;
  readonly store: Pick<EventStore, 'read' | 'head' | 'readLastPerStream'>;
  readonly bus: Pick<Bus, 'subscribeEvents' | 'subscribe' | 'onConnection'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
  /** Folds one event into state. What it throws stops the consumer: folding is never skipped. */
  readonly fold: (event: StoredEvent) => void;
  /** called after a batch was folded */
  readonly onFolded?: () => void;
  /** the store's incarnation changed under us: state has to be built anew */
  readonly onIncarnation?: (incarnation: string) => void;
  /** called once when the consumer stops by itself: state is no longer kept up to date, so nothing may be decided from it */
  readonly onFailed?: (error: unknown) => void;
}
