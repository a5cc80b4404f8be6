import { hubSettings } from '@skerry/boot/process-settings';
import { secret, text, type ValuesOf, wholeNumber, withDefault } from '@skerry/boot/settings';

/** Where the gateway listens and what it is given. */
export interface GatewayConfig {
  /** loopback unless somebody says otherwise */
  readonly host: string;
  /** 0: any free port */
  readonly port: number;
  /** PEM texts */
  readonly tls: { readonly cert: string; readonly key: string };
  /** file with the hashes of tokens */
  readonly tokensPath: string;
  readonly bodyLimitBytes: number;
  /** how long it goes on serving when it is stopped, so that clients go elsewhere one by one; default 0 */
  readonly drainMs?: number;
}

export const GATEWAY_CONFIG = Symbol('GatewayConfig');
export const DEFAULT_BODY_LIMIT_BYTES = 3 * 1024 * 1024;

/** What the gateway can be told by its environment. */
export const gatewaySettings = {
  ...hubSettings,
  SKERRY_LISTEN_HOST: withDefault(text('address of the API'), '127.0.0.1'),
  SKERRY_LISTEN_PORT: withDefault(wholeNumber('port of the API; 0: a free one', { from: 0, to: 65_535 }), 6_443),
  SKERRY_TLS_CERT: secret('certificate of the API, PEM'),
  SKERRY_TLS_KEY: secret('key of that certificate, PEM'),
  SKERRY_TOKENS_FILE: text('file with the hashes of tokens, read again when it changes'),
  SKERRY_MASTER_KEY_FILE: text('file with the key that wraps the data keys of Secrets: 32 bytes, mode 600'),
  SKERRY_BODY_LIMIT_BYTES: withDefault(
    wholeNumber('the largest body of a request', { from: 64 * 1024, to: 64 * 1024 * 1024 }),
    DEFAULT_BODY_LIMIT_BYTES,
  ),
};

/** Longer than a busy client leaves a connection unused. */
const DRAIN_MS = 1_000;

export const gatewayConfigOf = (values: ValuesOf<typeof gatewaySettings>): GatewayConfig => ({
  host: values.SKERRY_LISTEN_HOST,
  port: values.SKERRY_LISTEN_PORT,
  tls: { cert: values.SKERRY_TLS_CERT, key: values.SKERRY_TLS_KEY },
  tokensPath: values.SKERRY_TOKENS_FILE,
  bodyLimitBytes: values.SKERRY_BODY_LIMIT_BYTES,
  drainMs: DRAIN_MS,
});
