import { TransientFailure } from '@skerry/kernel/errors';
import type { Gateways } from './gateways.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

export interface Call {
  readonly method: 'GET' | 'PATCH' | 'DELETE' | 'POST';
  readonly path: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly user?: string;
}

export interface Answer {
  readonly id: string;
  readonly status: number;
  readonly body: any;
}

const RETRY_MS = 400;
const TRIES = 40;

/** Users of the hub. What is not answered, or with a 5xx, is asked again under the same key, as good clients do. */
export class Client {
  readonly #gateways: Gateways;
  readonly #timeline: Timeline;
  readonly #random: Random;

  constructor(parts: { gateways: Gateways; timeline: Timeline; random: Random }) {
    this.#gateways = parts.gateways;
    this.#timeline = parts.timeline;
    this.#random = parts.random;
  }

  /** undefined: no answer in all that time */
  async call(call: Call): Promise<Answer | undefined> {
    const id = this.#random.uuid();
    for (let at = 0; at < TRIES; at += 1) {
      const answer = await this.once(call, id);
      if (answer !== undefined && answer.status < 500) return answer;
      await this.#timeline.sleep(RETRY_MS);
    }
    return undefined;
  }

  async once({ method, path, query = '', body, user = 'admin' }: Call, id: string): Promise<Answer | undefined> {
    const contentType = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
    const request = {
      method,
      path,
      query,
      headers: { 'content-type': contentType, 'idempotency-key': id },
      body: body === undefined ? '' : JSON.stringify(body),
      user: { name: user, groups: ['system:masters', 'skerry:admins'] },
      ...(method === 'GET' ? {} : { id }),
    };
    try {
      const { status, body: text } = await this.#gateways.handle(request);
      return { id, status, body: text === '' ? undefined : JSON.parse(text) };
    } catch (error) {
      if (error instanceof TransientFailure) return undefined;
      throw error;
    }
  }

  apply(object: HubObject, user = 'admin'): Promise<Answer | undefined> {
    return this.call({
      method: 'PATCH',
      path: pathOf(object),
      query: `fieldManager=${user}&force=true`,
      body: object,
      user,
    });
  }
}

export interface HubObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

const PLURALS: Readonly<Record<string, string>> = {
  PlacementPolicy: 'placementpolicies',
  OverridePolicy: 'overridepolicies',
};

export const pathOf = ({ apiVersion, kind, metadata: { name, namespace } }: HubObject): string => {
  const prefix = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
  return `${prefix}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}/${name}`;
};
