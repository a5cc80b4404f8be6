import { TransientFailure } from '@skerry/kernel/errors';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import type { World } from '@skerry/runtime/service/decision-service';
import type { EventSourcedObjectStore } from '@skerry/adapters/event-sourced/object-store';
import type { AlsoExchange } from '@skerry/kube-api/http';
import { ADMINS, SYNCERS } from './access/tokens.ts';
import { streamEvents } from './queries/events.query.ts';
import { historyOf } from './queries/history.query.ts';
import { objectKeyOf } from './queries/object-path.ts';
import { orphansOf, placementsOf, withdrawalsOf } from './queries/placements.query.ts';
import { answerJson, type Query, QueryRefused, targetOf } from './queries/route.ts';
import { answerSyncer } from './queries/syncer.query.ts';
import type { ParkedKeys } from './queries/parked-keys.ts';
import type { TopView } from './queries/top.query.ts';
import type { StatusView } from './view/status-view.ts';

const PREFIX = '/skerry/v1/';

export interface QueryParts {
  readonly world: World;
  readonly blobs: Blobs;
  readonly objects: EventSourcedObjectStore;
  readonly view: StatusView;
  readonly parked: ParkedKeys;
  readonly top: TopView;
}

/** What Kubernetes has no word for: events, history, placements, withdrawals, orphans, parked keys, stages, and the syncers' reads. */
export class GatewayQueries {
  readonly #parts: QueryParts;

  constructor(parts: QueryParts) {
    this.#parts = parts;
  }

  /** True when the path is one of ours; it has then been answered, whatever the answer is. */
  async answer({ request, response, user }: AlsoExchange): Promise<boolean> {
    if (!request.url?.startsWith(PREFIX)) return false;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const query: Query = { ...targetOf(request.url, PREFIX), user, response, gone: gone.signal };
      if (request.method !== 'GET')
        throw new QueryRefused(405, `${request.method} is not allowed here: these paths are read with GET`);
      await this.#route(query, request.headers['last-event-id'] as string | undefined);
    } catch (error) {
      this.#refuse(response, error);
    }
    return true;
  }

  async #route(query: Query, lastEventId: string | undefined): Promise<void> {
    const { world, blobs, objects, view, parked, top } = this.#parts;
    const [what, ...rest] = query.parts;
    const events = world.store;
    if (what === 'syncers') {
      if (!query.user.groups?.includes(SYNCERS)) throw new QueryRefused(403, 'only syncers read these paths');
      return answerSyncer({ events, blobs, view, objects }, query);
    }
    if (!query.user.groups?.includes(ADMINS))
      throw new QueryRefused(403, `user "${query.user.name}" may not read this`);
    if (what === 'events') return streamEvents({ events, clock: world.clock }, { query, lastEventId });
    if (what === 'store') return answerJson(query.response, await events.head());
    if (what === 'history') return answerJson(query.response, await historyOf({ events, blobs }, objectKeyOf(rest)));
    if (what === 'top') return answerJson(query.response, top.top(objects.through));
    if (what === 'placements') return this.#placements(query, rest);
    await objects.head();
    if (what === 'withdrawals') return answerJson(query.response, withdrawalsOf(view));
    if (what === 'orphans') return answerJson(query.response, orphansOf(view));
    if (what === 'parked') return answerJson(query.response, parked.all(view));
    throw new QueryRefused(404, 'allowed: events, history/…, placements/…, withdrawals, orphans, parked, store, top');
  }

  async #placements(query: Query, path: readonly string[]): Promise<void> {
    const key = objectKeyOf(path);
    const stored = await this.#parts.objects.get(key);
    if (!stored) throw new QueryRefused(404, `${key.resource} "${key.name}" not found in namespace "${key.namespace}"`);
    answerJson(query.response, placementsOf(this.#parts.view, stored));
  }

  #refuse(response: Query['response'], error: unknown): void {
    if (response.headersSent) return void response.destroy();
    if (error instanceof QueryRefused) return answerJson(response, { message: error.message }, error.status);
    if (error instanceof TransientFailure) return answerJson(response, { message: error.message }, 503);
    this.#parts.world.log.error({ error }, 'query failed');
    answerJson(response, { message: error instanceof Error ? error.message : String(error) }, 500);
  }
}
