import { hubSettings } from '@skerry/boot/process-settings';

/** What this service can be told by its environment: what every service of the hub can, and nothing of its own. */
export const rolloutSettings = hubSettings;
