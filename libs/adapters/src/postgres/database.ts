import pg from 'pg';
import { failureOf } from './failures.ts';

export interface DatabaseOptions {
  readonly connectionString: string;
  /** role that every connection takes on; none: that of the login */
  readonly role?: string;
  readonly maxConnections: number;
  /**
   * The server gives a statement up after so long, and a second later its connection is given up here: of a server that is gone
   * without a word (its machine died, the network is cut) TCP says nothing for a quarter of an hour. Absent: it is waited for.
   */
  readonly answerWithinMs?: number | undefined;
  /** settings of the server for every connection */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Statement {
  readonly text: string;
  readonly values?: unknown[];
  /** prepared once per connection under this name */
  readonly name?: string;
  /** instead of the database's own */
  readonly answerWithinMs?: number;
}

/** Until a server that does not answer is given up, where nothing that is asked may take longer. */
export const ANSWER_WITHIN_MS = 30_000;
const CONNECT_WITHIN_MS = 10_000;
/** A statement that only waits (for a lock) is ended by its server, which else would go on with it for nobody. */
const SERVER_FIRST_MS = 1_000;
const INT8 = 20;
/** Positions and versions stay far below 2^53. */
const types = {
  getTypeParser: (oid: number, format?: string) =>
    oid === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text'),
} as pg.CustomTypesConfig;

/** A pool that reconnects by itself and tells errors apart. Rows are arrays in the order of the columns. */
export class Database {
  readonly #pool: pg.Pool;

  constructor(options: DatabaseOptions) {
    const { answerWithinMs: withinMs } = options;
    const settings = {
      search_path: 'skerry',
      ...(options.role && { role: options.role }),
      ...(withinMs && { statement_timeout: withinMs }),
      ...options.settings,
    };
    this.#pool = new pg.Pool({
      connectionString: options.connectionString,
      max: options.maxConnections,
      options: Object.entries(settings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
      application_name: 'skerry',
      connectionTimeoutMillis: Math.min(CONNECT_WITHIN_MS, withinMs || CONNECT_WITHIN_MS),
      ...(withinMs && { query_timeout: withinMs + SERVER_FIRST_MS }),
      keepAlive: true,
      allowExitOnIdle: true,
      types,
    });
    // The pool drops a connection that broke while idle, and makes a new one when asked: nothing else to do.
    this.#pool.on('error', () => undefined);
  }

  async rows(doing: string, { answerWithinMs, ...statement }: Statement): Promise<unknown[][]> {
    const limit = answerWithinMs && { query_timeout: answerWithinMs };
    return await this.#attempt(doing, async () => {
      const result = await this.#pool.query({ ...statement, ...limit, rowMode: 'array' });
      return result.rows as unknown[][];
    });
  }

  /** Runs `work` in a transaction; an error rolls it back. */
  async transaction<T>(doing: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return await this.#attempt(doing, async () => {
      const client = await this.connect();
      try {
        await client.query('BEGIN');
        const result = await work(client);
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        // Closing the connection ends the transaction too, also when the connection is what failed.
        client.release(true);
        throw error;
      }
    });
  }

  /** A connection of one's own; give it back with `release()`. */
  async connect(): Promise<pg.PoolClient> {
    const client = await this.#attempt('connecting to PostgreSQL', () => this.#pool.connect());
    // Without a listener a connection that breaks between two statements would end the process.
    if (client.listenerCount('error') === 0) client.on('error', () => undefined);
    return client;
  }

  async close(): Promise<void> {
    if (!this.#pool.ended) await this.#pool.end();
  }

  async #attempt<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw failureOf(error, doing);
    }
  }
}
