import type { ErrorSubject } from '../status-errors/errors.ts';

/** What errors about the parameters of a patch are about. */
export const patchOptions: ErrorSubject = { group: 'meta.k8s.io', plural: 'patchoptions', kind: 'PatchOptions' };
