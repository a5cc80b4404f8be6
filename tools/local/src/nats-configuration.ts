/** A user of the local NATS server. Without permissions it may do everything. */
export interface NatsUser {
  readonly user: string;
  readonly password: string;
  readonly permissions?: {
    readonly publish?: NatsRule;
    readonly subscribe?: NatsRule;
    /** May answer requests on the reply subject even if publishing there is not allowed. */
    readonly allowResponses?: boolean;
  };
}

/** Subjects that are allowed or denied. */
export interface NatsRule {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

export interface NatsSettings {
  /** default 127.0.0.1; in a container every address of it */
  readonly host?: string;
  readonly port: number;
  readonly storeDir: string;
  readonly users: readonly NatsUser[];
  readonly maxFileBytes: number;
  /** Sync each write to disk: dear, and not needed where consumers can refill from the store. */
  readonly syncAlways: boolean;
}

/** The server's configuration file. NATS reads JSON. It holds passwords: mode 600. */
export function natsConfiguration(settings: NatsSettings): string {
  return JSON.stringify(
    {
      server_name: 'skerry-local',
      host: settings.host ?? '127.0.0.1',
      port: settings.port,
      jetstream: {
        store_dir: settings.storeDir,
        max_file_store: settings.maxFileBytes,
        max_memory_store: 268_435_456,
        ...(settings.syncAlways ? { sync_interval: 'always' } : {}),
      },
      authorization: {
        users: settings.users.map(({ user, password, permissions }) => ({
          user,
          password,
          ...(permissions === undefined ? {} : { permissions: rules(permissions) }),
        })),
      },
    },
    undefined,
    2,
  );
}

function rules({ publish, subscribe, allowResponses }: NonNullable<NatsUser['permissions']>): object {
  return {
    ...(publish === undefined ? {} : { publish }),
    ...(subscribe === undefined ? {} : { subscribe }),
    ...(allowResponses === true ? { allow_responses: true } : {}),
  };
}
