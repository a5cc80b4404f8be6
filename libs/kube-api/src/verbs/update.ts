import { answer, type Exchange, present } from '../exchange.ts';
import type { KubeResponse } from '../request.ts';
import { badRequest, invalid } from '../status-errors/errors.ts';
import { invalidValue } from '../status-errors/field-problems.ts';
import { represent } from '../table/represent.ts';
import { decodeObject } from './decode-object.ts';
import { replaceObject } from './replace.ts';

/** PUT: the sent object replaces the stored one. */
export async function update(exchange: Exchange): Promise<KubeResponse> {
  const sent = decodeObject(exchange);
  const { name } = exchange.path;
  const named = sent.metadata.name ?? '';
  if (named !== name) {
    throw badRequest(`the name of the object (${named}) does not match the name on the URL (${name})`);
  }
  if (!exchange.resource.builtIn && !sent.metadata.resourceVersion) {
    throw invalid({ ...exchange.resource, kind: exchange.resource.plural }, name, [
      invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  }
  const stored = await replaceObject(exchange, { verb: 'update', next: () => sent });
  return answer(exchange, 200, represent(exchange, present(exchange, stored)));
}
