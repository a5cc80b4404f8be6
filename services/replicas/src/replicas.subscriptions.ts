import { wholeCategories } from '@skerry/runtime/consumer/channel-selection';

/** Counts, selections, what is live where, verdicts, and its own decisions. Beats come beside the events (`fbeat.*`). */
export const REPLICAS_CHANNELS = wholeCategories('manifest', 'selection', 'observed', 'cluster', 'placement');
