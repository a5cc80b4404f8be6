import { answer, type Exchange, present } from '../exchange.ts';
import { isObject } from '../merge/json.ts';
import type { KubeResponse } from '../request.ts';
import { methodNotAllowed } from '../status-errors/errors.ts';
import { decodeObject } from './decode-object.ts';
import { replaceObject } from './replace.ts';

/** PUT of `finalize`: sets `spec.finalizers`, by which the controller of a namespace lets it go. */
export async function finalize(exchange: Exchange): Promise<KubeResponse> {
  if (exchange.request.method !== 'PUT') throw methodNotAllowed();
  const sent = decodeObject(exchange);
  const wanted = isObject(sent.spec) && Array.isArray(sent.spec.finalizers) ? (sent.spec.finalizers as string[]) : [];
  const stored = await replaceObject(exchange, {
    verb: 'update',
    next: (before) => {
      const { finalizers: _finalizers, ...rest } = isObject(before.spec) ? before.spec : {};
      const spec = wanted.length === 0 ? rest : { ...rest, finalizers: wanted };
      return { ...sent, spec };
    },
  });
  return answer(exchange, 200, present(exchange, stored));
}
