import type { AlsoExchange } from '@skerry/kube-api/http';
import type { KubeUser } from '@skerry/kube-api/request';
import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import type { EventRange, StoredEvent, StoreHead } from '@skerry/ports/event-store/event-store';
import type { ClusterOrders, HubSource } from '@skerry/ports/hub-source/hub-source';
import { type RowJson, rowFromJson } from '@skerry/runtime/consumer/row-json';
import type { Link } from './faults.ts';
import type { Gateways } from './gateways.ts';

interface HubLinkParts {
  readonly link: Link;
  readonly gateways: Gateways;
  readonly cluster: string;
  readonly clusterUid: string;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** What a syncer reads of its hub: the paths of whichever gateway answers. */
export class HubLink implements HubSource {
  readonly #parts: HubLinkParts;

  constructor(parts: HubLinkParts) {
    this.#parts = parts;
  }

  async head(): Promise<StoreHead> {
    return (await this.#json('head')) as StoreHead;
  }

  async readDesired({ after, limit }: { after: number; limit: number }): Promise<EventRange> {
    const answer = (await this.#json(`events?after=${after}&limit=${limit}`)) as { rows: RowJson[]; through: number };
    return { events: answer.rows.map(rowFromJson), through: answer.through };
  }

  async readLast(request: { category: string; afterStream: string; limit: number }): Promise<readonly StoredEvent[]> {
    const { category, afterStream, limit } = request;
    const query = new URLSearchParams({ category, after: afterStream, limit: String(limit) });
    return ((await this.#json(`last?${query}`)) as { rows: RowJson[] }).rows.map(rowFromJson);
  }

  async body(uid: string): Promise<Uint8Array> {
    return new Uint8Array(await this.#get(`bodies/${uid}`));
  }

  async orders(): Promise<ClusterOrders> {
    return (await this.#json('orders')) as ClusterOrders;
  }

  async close(): Promise<void> {}

  async #json(path: string): Promise<unknown> {
    return JSON.parse((await this.#get(path)).toString('utf8')) as unknown;
  }

  async #get(path: string): Promise<Buffer> {
    const { link, gateways, cluster, clusterUid } = this.#parts;
    const user = { name: `skerry:syncer:${cluster}`, groups: ['skerry:syncers'], uid: clusterUid };
    const target = `/skerry/v1/syncers/${cluster}/${path}`;
    const { status, body } = await link.call(target, () => gateways.ask((also) => answerOf(also, { target, user })));
    if (status === 200) return body;
    const message = `the hub answered ${status} to ${target}: ${body.toString('utf8').slice(0, 500)}`;
    if (status >= 500) throw new TransientFailure(message);
    throw new TerminalFailure(message, { code: `hub-${status}` });
  }
}

type Also = (exchange: AlsoExchange) => boolean | Promise<boolean>;

const answerOf = async (also: Also, { target, user }: { target: string; user: KubeUser }): Promise<Answer> => {
  let status = 0;
  return new Promise<Answer>((resolve) => {
    const response = {
      headersSent: false,
      once: () => response,
      writeHead: (code: number) => {
        status = code;
        response.headersSent = true;
        return response;
      },
      end: (body: string | Uint8Array) => resolve({ status, body: Buffer.from(body) }),
      destroy: () => resolve({ status: 500, body: Buffer.from('cut off') }),
    };
    const request = { method: 'GET', url: target, headers: {} };
    void also({ request, response, user } as unknown as AlsoExchange);
  });
};
