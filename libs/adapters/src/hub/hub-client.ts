import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import type { EventRange, StoredEvent, StoreHead } from '@skerry/ports/event-store/event-store';
import type { ClusterOrders, HubSource } from '@skerry/ports/hub-source/hub-source';
import { Pool } from 'undici';

export interface HubClientOptions {
  /** base URL of the gateway */
  readonly url: string;
  /** PEM of the hub's own CA */
  readonly ca: string;
  readonly token: string;
  readonly cluster: string;
}

interface RowJson extends Omit<StoredEvent, 'data' | 'recordedAt'> {
  readonly data: string;
  readonly recordedAt: string;
}

const toRow = (row: RowJson): StoredEvent => ({
  ...row,
  data: new Uint8Array(Buffer.from(row.data, 'base64')),
  recordedAt: new Date(row.recordedAt),
});

/** The gateway's paths for syncers, over TLS with the cluster's own token. It only dials out. */
export class HubClient implements HubSource {
  readonly #options: HubClientOptions;
  readonly #pool: Pool;

  constructor(options: HubClientOptions) {
    this.#options = options;
    this.#pool = new Pool(options.url, {
      connections: 4,
      connect: { ca: options.ca },
      headersTimeout: 15_000,
      bodyTimeout: 15_000,
    });
  }

  async head(): Promise<StoreHead> {
    return (await this.#json('head')) as StoreHead;
  }

  async readDesired({ after, limit }: { after: number; limit: number }): Promise<EventRange> {
    const { rows, through } = (await this.#json(`events?after=${after}&limit=${limit}`)) as {
      rows: RowJson[];
      through: number;
    };
    return { events: rows.map(toRow), through };
  }

  async readLast(request: { category: string; afterStream: string; limit: number }): Promise<readonly StoredEvent[]> {
    const query = new URLSearchParams({
      category: request.category,
      after: request.afterStream,
      limit: String(request.limit),
    });
    const { rows } = (await this.#json(`last?${query}`)) as { rows: RowJson[] };
    return rows.map(toRow);
  }

  async body(uid: string): Promise<Uint8Array> {
    return new Uint8Array(await this.#get(`bodies/${encodeURIComponent(uid)}`));
  }

  async orders(): Promise<ClusterOrders> {
    return (await this.#json('orders')) as ClusterOrders;
  }

  /** the Cluster object that the token is for */
  async self(): Promise<{ readonly name: string; readonly uid: string }> {
    return (await this.#json('self')) as { name: string; uid: string };
  }

  /** Kubeconfig of the member, as the hub keeps it. Throws TerminalFailure `hub-404` when the hub keeps none. */
  async kubeconfig(): Promise<string> {
    return ((await this.#json('credentials')) as { kubeconfig: string }).kubeconfig;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #json(path: string): Promise<unknown> {
    return JSON.parse((await this.#get(path)).toString('utf8')) as unknown;
  }

  async #get(path: string): Promise<Buffer> {
    const { cluster, token } = this.#options;
    const target = `/skerry/v1/syncers/${encodeURIComponent(cluster)}/${path}`;
    const { status, body } = await this.#send({ target, token });
    if (status === 200) return body;
    const message = `the hub answered ${status} to ${target}: ${body.toString('utf8').slice(0, 500)}`;
    if (status >= 500 || status === 429) throw new TransientFailure(message);
    throw new TerminalFailure(message, { code: `hub-${status}` });
  }

  async #send({ target, token }: { target: string; token: string }): Promise<{ status: number; body: Buffer }> {
    try {
      const answer = await this.#pool.request({
        method: 'GET',
        path: target,
        headers: { authorization: `Bearer ${token}` },
      });
      return { status: answer.statusCode, body: Buffer.from(await answer.body.arrayBuffer()) };
    } catch (cause) {
      throw new TransientFailure(`the hub at ${this.#options.url} cannot be reached`, { cause });
    }
  }
}
