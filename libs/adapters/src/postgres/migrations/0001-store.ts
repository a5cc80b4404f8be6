/**
 * The store's tables. `head` is one row: the last position, and up to where partitions exist. Texts compare by bytes
 * (collation C), so that order is the same on every machine.
 */
export const storeTables = `
CREATE TABLE store (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  incarnation uuid NOT NULL DEFAULT gen_random_uuid(),
  fleet text NOT NULL,
  site text NOT NULL,
  master_key_fingerprint text,
  partition_size bigint NOT NULL CHECK (partition_size > 0),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  position bigint NOT NULL,
  partitions_until bigint NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE events (
  position bigint NOT NULL,
  version bigint NOT NULL,
  channel_prev bigint NOT NULL,
  recorded_at timestamptz NOT NULL,
  event_id uuid NOT NULL,
  incarnation uuid NOT NULL,
  category text COLLATE "C" NOT NULL,
  channel text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  uid text COLLATE "C" NOT NULL,
  cluster text COLLATE "C" NOT NULL,
  fleet text COLLATE "C" NOT NULL,
  site text COLLATE "C" NOT NULL,
  actor text COLLATE "C" NOT NULL,
  correlation_id text COLLATE "C" NOT NULL,
  causation_id text COLLATE "C" NOT NULL,
  traceparent text COLLATE "C" NOT NULL,
  previous_hash bytea NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (position)
) PARTITION BY RANGE (position);
CREATE INDEX events_by_stream ON events (stream, position);

-- what retention leaves of a row: its place in its channel and its hash, so that the chain can still be checked
CREATE TABLE compacted (
  position bigint PRIMARY KEY,
  channel text COLLATE "C" NOT NULL,
  channel_prev bigint NOT NULL,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL
);

-- span: how many events, this one included, the append still has; so the first key leads to all rows of a command
CREATE TABLE append_keys (
  event_id uuid PRIMARY KEY,
  position bigint NOT NULL,
  span int NOT NULL
);

-- no index on what changes, and room in each page: updates stay on their page (HOT)
CREATE TABLE streams (
  stream text COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL,
  position bigint NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE channels (
  channel text COLLATE "C" PRIMARY KEY,
  head bigint NOT NULL,
  hash bytea NOT NULL
) WITH (fillfactor = 30);

CREATE TABLE leases (
  name text COLLATE "C" PRIMARY KEY,
  holder text NOT NULL,
  term bigint NOT NULL,
  expires_at timestamptz NOT NULL
) WITH (fillfactor = 30);
CREATE TABLE blobs (id text COLLATE "C" PRIMARY KEY, bytes bytea NOT NULL);
CREATE TABLE data_keys (
  namespace text COLLATE "C" NOT NULL,
  generation int NOT NULL,
  wrapped bytea,
  PRIMARY KEY (namespace, generation)
);
CREATE TABLE checkpoints (
  consumer text COLLATE "C" PRIMARY KEY,
  schema int NOT NULL,
  incarnation text NOT NULL,
  through bigint NOT NULL,
  channels jsonb NOT NULL
) WITH (fillfactor = 30);
CREATE TABLE snapshots (
  consumer text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  state bytea NOT NULL,
  PRIMARY KEY (consumer, key)
) WITH (fillfactor = 70);
`;
