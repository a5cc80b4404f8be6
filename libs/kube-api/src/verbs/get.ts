import { answer, type Exchange, mustGet, present } from '../exchange.ts';
import type { KubeResponse } from '../request.ts';
import { tooLargeVersion } from '../status-errors/errors.ts';
import { represent } from '../table/represent.ts';
import { compareVersions } from '@skerry/ports/object-store/object-store';
import { versionOf } from './list-query.ts';

/** GET of one object, or of its status, which is the whole object too. */
export async function get(exchange: Exchange): Promise<KubeResponse> {
  const version = versionOf(exchange);
  if (version !== undefined) {
    const head = await exchange.context.store.head();
    if (compareVersions(version, head) > 0) throw tooLargeVersion(version, head);
  }
  const stored = await mustGet(exchange);
  return answer(exchange, 200, represent(exchange, present(exchange, stored)));
}
