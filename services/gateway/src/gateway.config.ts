/** Where the gateway listens and what it is given. Read once, by whoever starts it. */
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
}

export const GATEWAY_CONFIG = Symbol('GatewayConfig');
export const DEFAULT_BODY_LIMIT_BYTES = 3 * 1024 * 1024;
