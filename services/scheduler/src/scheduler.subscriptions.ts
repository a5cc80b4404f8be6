import { wholeCategories } from '@skerry/runtime/consumer/channel-selection';

/** Objects, policies and clusters; portraits for the kinds served; its own decisions. */
export const SCHEDULER_CHANNELS = wholeCategories('manifest', 'cluster', 'selection');
