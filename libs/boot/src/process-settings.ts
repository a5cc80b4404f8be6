import {
  oneOf,
  optional,
  secret,
  share,
  text,
  url,
  urls,
  type ValuesOf,
  wholeNumber,
  withDefault,
} from './settings.ts';

/** How requests are traced, if at all; see docs/how-to/trace-an-apply.md. */
export const traceSettings = {
  SKERRY_TRACE_RATIO: withDefault(share('share of requests that begin a trace'), 0),
  SKERRY_TRACE_OTLP_URL: optional(
    url('OTLP/HTTP receiver of spans, e.g. http://collector:4318/v1/traces', ['http', 'https']),
  ),
  SKERRY_TRACE_FOLDER: optional(text("folder for traces as files in Jaeger's format")),
};

/** What every process of Skerry can be told. */
export const processSettings = {
  SKERRY_LOG_LEVEL: withDefault(oneOf('how much is logged', ['debug', 'info', 'warn', 'error']), 'info'),
  SKERRY_HEALTH_HOST: withDefault(text('address of /healthz, /readyz and /metrics'), '127.0.0.1'),
  SKERRY_HEALTH_PORT: withDefault(wholeNumber('port of the same; 0: a free one', { from: 0, to: 65_535 }), 0),
  ...traceSettings,
  SKERRY_NATS_URL: urls('where NATS is; tls:// demands TLS', ['nats', 'tls']),
  SKERRY_NATS_USER: optional(text('user at NATS; default: the name of the service')),
  SKERRY_NATS_PASSWORD: optional(secret('password of that user')),
  SKERRY_NATS_CA_FILE: optional(text('file with the certificates that NATS is trusted by; with it TLS is demanded')),
};

/** What every service of the hub can be told besides. */
export const hubSettings = {
  ...processSettings,
  SKERRY_DATABASE_URL: {
    ...secret('login of this service at PostgreSQL, e.g. postgres://skerry_relay:…@db:5432/skerry?sslmode=verify-full'),
    allowed: 'a URL that begins with postgres:// or postgresql://',
    parse: (value: string) => (/^postgres(ql)?:\/\//.test(value) && URL.canParse(value) ? value : undefined),
  },
  SKERRY_DATABASE_CONNECTIONS: withDefault(
    wholeNumber('connections for reading; appends have two more', { from: 1, to: 100 }),
    4,
  ),
};

export type ProcessValues = ValuesOf<typeof processSettings>;
export type HubValues = ValuesOf<typeof hubSettings>;
