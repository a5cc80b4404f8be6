import { Database } from '@skerry/adapters/postgres/database';

/** Each finds rows only where something was written twice or is missing between two others. */
const QUESTIONS: Readonly<Record<string, string>> = {
  'versions of a stream that two events have': `
    SELECT stream, version, count(*) FROM events GROUP BY stream, version HAVING count(*) > 1`,
  'streams whose versions have a hole': `
    SELECT stream, count(*), max(version) - min(version) + 1 FROM events
    GROUP BY stream HAVING count(*) <> max(version) - min(version) + 1`,
  'event ids that two events have': 'SELECT event_id, count(*) FROM events GROUP BY event_id HAVING count(*) > 1',
  'positions that are missing': `
    SELECT count(*), max(position) FROM events HAVING count(*) <> max(position) - min(position) + 1`,
  'commands of a client that changed more than one thing': `
    SELECT correlation_id, count(*), min(stream) FROM events
    WHERE category = 'manifest' AND actor LIKE 'user:%' GROUP BY correlation_id HAVING count(*) > 1`,
  'commands whose key does not lead to their event': `
    SELECT k.event_id, k.position FROM append_keys k
    WHERE NOT EXISTS (SELECT FROM events e WHERE e.position = k.position AND e.event_id = k.event_id)`,
  'events whose place in their channel is not behind the one before': `
    SELECT channel, position FROM (
      SELECT channel, position, channel_prev, lag(position, 1, 0::bigint) OVER (PARTITION BY channel ORDER BY position) AS before
      FROM events) rows
    WHERE channel_prev <> before`,
};

const SHOWN = 5;

/** Asks the store, as its owner; answers what is doubled or missing, and how many events there are. */
export const doubledIn = async (url: string): Promise<{ readonly findings: string[]; readonly events: number }> => {
  const database = new Database({ connectionString: url, maxConnections: 1 });
  try {
    const findings: string[] = [];
    for (const [what, text] of Object.entries(QUESTIONS)) {
      const rows = await database.rows('asking what is doubled', { text });
      const some = rows.slice(0, SHOWN).map((row) => JSON.stringify(row));
      if (rows.length > 0) findings.push(`${what}: ${rows.length}, as ${some.join(', ')}`);
    }
    const [[events]] = (await database.rows('counting', { text: 'SELECT count(*) FROM events' })) as [[number]];
    return { findings, events };
  } finally {
    await database.close();
  }
};
