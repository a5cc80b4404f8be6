import { wholeCategories } from '@skerry/runtime/consumer/channel-selection';

/** Bodies, overrides and clusters; selections and placements; what clusters confirmed gone; its own decisions. */
export const ROLLOUT_CHANNELS = wholeCategories('manifest', 'selection', 'placement', 'observed', 'desired');
