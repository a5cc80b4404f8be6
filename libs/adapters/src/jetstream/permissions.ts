import { inboxOf } from './bus.ts';
import { EVENT_STREAM, REPORT_STREAM } from './streams.ts';

/** What a user may send and hear. Everything else is refused by the server. */
export interface BusPermissions {
  readonly publish: { readonly allow: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
}

/** An unnamed consumer of `stream`; with a filter in the subject the server lets it be made for that filter only. */
const consuming = (stream: string, filter?: string): string[] => [
  `$JS.API.STREAM.INFO.${stream}`,
  // Several filters go by the older subject, which says the stream alone.
  ...(filter === undefined
    ? [`$JS.API.CONSUMER.CREATE.${stream}`, `$JS.API.CONSUMER.CREATE.${stream}.>`]
    : [`$JS.API.CONSUMER.CREATE.${stream}.*.${filter}`]),
  // Names of others' consumers are random and cannot be listed without a right of its own.
  `$JS.API.CONSUMER.DELETE.${stream}.*`,
  `$JS.FC.${stream}.>`,
];

const ofStream = (stream: string, ...verbs: readonly string[]): string[] =>
  verbs.map((verb) => `$JS.API.STREAM.${verb}.${stream}`);

const making = (stream: string): string[] => ofStream(stream, 'INFO', 'CREATE', 'UPDATE', 'MSG.GET');

/** To see whether the bus is ahead of the store. */
const END_OF_EVENTS = ofStream(EVENT_STREAM, 'INFO', 'MSG.GET');

const permissions = (
  user: string,
  { publish, subscribe }: { publish: readonly string[]; subscribe: readonly string[] },
): BusPermissions => ({
  // and how it does, once a second
  publish: { allow: [`status.${user}`, ...publish] },
  subscribe: { allow: [`${inboxOf(user)}.>`, ...subscribe] },
});

/** Subjects of each service of the hub, besides its own inbox. */
const SERVICES: Readonly<
  Record<string, { readonly publish: readonly string[]; readonly subscribe: readonly string[] }>
> = {
  gateway: { publish: ['hint', ...END_OF_EVENTS], subscribe: ['hint', 'parked.*', 'status.*'] },
  relay: {
    publish: ['ev.>', 'heads', 'hint', ...making(EVENT_STREAM), ...making(REPORT_STREAM)],
    subscribe: ['hint'],
  },
  clusters: {
    publish: [
      ...['hint', 'parked.clusters', 'beacon', 'fbeat.*', 'resync.*'],
      ...END_OF_EVENTS,
      ...consuming(EVENT_STREAM),
      ...consuming(REPORT_STREAM),
      ...['INFO', 'DURABLE.CREATE'].map((verb) => `$JS.API.CONSUMER.${verb}.${REPORT_STREAM}.*`),
      `$JS.ACK.${REPORT_STREAM}.>`,
    ],
    subscribe: ['hint', 'heads', 'beacon', 'beat.*'],
  },
  scheduler: {
    publish: ['hint', 'parked.scheduler', ...END_OF_EVENTS, ...consuming(EVENT_STREAM)],
    subscribe: ['hint', 'heads'],
  },
  replicas: {
    publish: ['hint', 'parked.replicas', ...END_OF_EVENTS, ...consuming(EVENT_STREAM)],
    subscribe: ['hint', 'heads', 'fbeat.*'],
  },
  rollout: {
    publish: ['hint', 'parked.rollout', ...END_OF_EVENTS, ...consuming(EVENT_STREAM)],
    subscribe: ['hint', 'heads'],
  },
};

export const BUS_SERVICES: readonly string[] = Object.keys(SERVICES);

/** Of one service of the hub. Throws RangeError for a name that is none. */
export const servicePermissions = (service: string): BusPermissions => {
  const found = SERVICES[service];
  if (!found) throw new RangeError(`"${service}" is no service of the hub; there are ${BUS_SERVICES.join(', ')}`);
  return permissions(service, found);
};

export const syncerUserOf = (cluster: string): string => `syncer-${cluster}`;

/** Of one cluster's syncer: its own beats, reports and desired state, and nobody else's. */
export const syncerPermissions = (cluster: string): BusPermissions =>
  permissions(syncerUserOf(cluster), {
    publish: [`rep.${cluster}`, `beat.${cluster}`, ...consuming(EVENT_STREAM, `ev.desired.${cluster}.>`)],
    subscribe: ['heads', `resync.${cluster}`],
  });
