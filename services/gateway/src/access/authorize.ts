import type { AccessRequest } from '@skerry/kube-api/options';
import { ADMINS } from './tokens.ts';

/** Administrators may do everything; a syncer nothing here: its own paths are beside the Kubernetes API. */
export const authorize = ({ user, verb, plural }: AccessRequest): string | undefined => {
  if (user?.groups?.includes(ADMINS)) return undefined;
  return `user "${user?.name ?? 'anonymous'}" may not ${verb} ${plural}: only members of ${ADMINS} may`;
};
