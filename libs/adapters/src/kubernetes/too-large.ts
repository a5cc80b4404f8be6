import type { MemberResponse } from '@skerry/ports/member/member';

/** What a refusal is called, whichever part of the member it came from; the name is Kubernetes'. */
export const TOO_LARGE = 'RequestEntityTooLarge';

/**
 * Whether the member refuses a body for its size, now and always. The API server itself says so by code. What its etcd
 * says comes through as a 500 without a reason, like any fault of the server: nothing but the text tells it apart, and
 * taken for a fault it would be sent again for ever.
 */
export const isTooLarge = ({ status, body }: MemberResponse): boolean => {
  if (status === 413) return true;
  const { reason = '', message = '' } = (body ?? {}) as { reason?: string; message?: string };
  return status === 500 && reason === '' && ETCD_TOO_LARGE.some((text) => text.test(message));
};

/** By etcd (1.5 MiB unless it is told otherwise), and by etcd's client in the API server (2 MiB). */
const ETCD_TOO_LARGE = [
  /^etcdserver: request is too large$/,
  /^rpc error: code = ResourceExhausted desc = trying to send message larger than max /,
];
