import { APPEND_LOCK } from '../locks.ts';

/** The line that keeps positions gapless and in commit order. Named, because a test takes it away and must notice. */
export const TAKE_APPEND_LOCK = `PERFORM pg_advisory_xact_lock(${APPEND_LOCK});`;
/** How an event gets its position. A test gives them out from a sequence instead and must notice. */
export const NEXT_POSITION = 'head_now := head_now + 1;';

/** `row_hash` written out, because a call would cost as much as the hash. */
const ROW_HASH = `sha256(channel_hash[c] || int8send(channel_head[c]) || uuid_send(e_id[i])
          || int4send(octet_length(e_type[i])) || convert_to(e_type[i], 'UTF8') || e_data[i])`;

/**
 * First thing in an append: whose categories these are, by the channel and by the stream of each event; expectations may
 * name others' streams. A batch is one caller's, so one look is enough. A role that is not listed may append nothing.
 */
const RIGHTS_CHECK = `
  SELECT r.categories INTO own FROM service_rights r WHERE r.role = calling_role();
  IF NOT FOUND THEN
    RAISE EXCEPTION 'role % may not append', calling_role() USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF own IS NOT NULL THEN
    SELECT w.name INTO foreign_name FROM (
        SELECT split_part(c.channel, '.', 1) AS category, c.channel AS name FROM unnest(b_channels) AS c(channel)
        UNION ALL
        SELECT split_part(b_streams[e.stream], '-', 1), b_streams[e.stream] FROM unnest(e_stream) AS e(stream)) w
      WHERE w.category <> ALL (own) LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'role % may not append to %', calling_role(), foreign_name
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;`;

/**
 * `append_batch`: many appends in one commit, each with an outcome of its own. PL/pgSQL, because each of its statements
 * sees what was committed before the lock was granted; one SQL statement would see what was there when it began.
 * Streams and channels of the batch come as lists of distinct names, everything else refers to them by index, so that
 * one loop over arrays decides and the tables are read and written once per batch.
 *
 * With `check_keys` false a command is looked for only if it would be refused; one that is there already then fails the
 * call with a unique violation on append_keys, and the caller sends the batch again with true. Repeats are rare, and two
 * walks down that index per event are not free.
 *
 * `refusals`: `<append>:<kind>:<a>:<b>`, one each, kind 1 = already there (a position, b span), 2 = conflict
 * (a expectation, b actual version), 3 = stale lease. All others were appended; lists of events have 0 for refused ones.
 */
export const appendFunction = `
CREATE FUNCTION append_batch(
  check_keys boolean,
  a_count int[], a_lease text[], a_term bigint[],
  a_actor text[], a_correlation text[], a_causation text[], a_trace text[],
  x_append int[], x_stream int[], x_version bigint[],
  b_streams text[], b_channels text[],
  e_append int[], e_stream int[], e_channel int[], e_id uuid[], e_type text[],
  e_namespace text[], e_uid text[], e_cluster text[], e_data bytea[],
  OUT refusals text,
  OUT positions text, OUT versions text, OUT channel_prevs text, OUT previous_hashes text,
  OUT head_position bigint, OUT recorded timestamptz, OUT store_incarnation text, OUT store_fleet text, OUT store_site text
) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = skerry, pg_temp
AS $append$
DECLARE
  head_now bigint;
  head_before bigint;
  until_now bigint;
  room_ahead bigint;
  has_new boolean := false;
  has_old boolean := false;
  stream_version bigint[];
  stream_was bigint[];
  stream_position bigint[];
  channel_new boolean[];
  channel_head bigint[];
  channel_hash bytea[];
  first_id uuid[];
  seen_at bigint[];
  seen_span int[];
  lease_held boolean[];
  kind int;
  failed int;
  pos bigint[] := '{}';
  ver bigint[] := '{}';
  prev bigint[] := '{}';
  hash bytea[] := '{}';
  span int[] := '{}';
  x int := 1;
  x_end int := coalesce(cardinality(x_append), 0);
  first int := 1;
  c int;
  s int;
  own text[];
  foreign_name text;
BEGIN
  refusals := '';
${RIGHTS_CHECK}
  ${TAKE_APPEND_LOCK}
  recorded := clock_timestamp();
  SELECT h.position, h.partitions_until, t.incarnation, t.fleet, t.site, t.partition_size / 2
    INTO head_now, until_now, store_incarnation, store_fleet, store_site, room_ahead
    FROM head h, store t;
  head_before := head_now;
  -- whole from the start: an array that begins with a later element would be unnested beside the wrong names
  stream_position := array_fill(NULL::bigint, ARRAY[greatest(1, coalesce(cardinality(b_streams), 0))]);

  -- a look-up for each name in the order of the list: a join would have to be sorted back into it
  stream_version := ARRAY(SELECT coalesce((SELECT t.version FROM streams t WHERE t.stream = w.stream), 0)
    FROM unnest(b_streams) w(stream));
  stream_was := stream_version;
  SELECT array_agg(coalesce(t.head, 0) ORDER BY w.n), array_agg(coalesce(t.hash, ''::bytea) ORDER BY w.n),
      array_agg(t.head IS NULL ORDER BY w.n)
    INTO channel_head, channel_hash, channel_new
    FROM unnest(b_channels) WITH ORDINALITY w(channel, n) LEFT JOIN channels t ON t.channel = w.channel;
  IF check_keys THEN
    FOR a IN 1 .. cardinality(a_count) LOOP
      first_id[a] := e_id[first];
      first := first + a_count[a];
    END LOOP;
    SELECT array_agg(k.position ORDER BY w.n), array_agg(k.span ORDER BY w.n) INTO seen_at, seen_span
      FROM unnest(first_id) WITH ORDINALITY w(id, n) LEFT JOIN append_keys k ON k.event_id = w.id;
    first := 1;
  END IF;
  IF cardinality(a_lease) > 0 THEN
    SELECT array_agg(w.name = '' OR coalesce(l.term = w.term AND l.expires_at > recorded, false) ORDER BY w.n)
      INTO lease_held
      FROM unnest(a_lease, a_term) WITH ORDINALITY w(name, term, n) LEFT JOIN leases l ON l.name = w.name;
  END IF;

  FOR a IN 1 .. cardinality(a_count) LOOP
    kind := 0;
    IF check_keys AND seen_at[a] IS NOT NULL THEN
      kind := 1;
      refusals := refusals || format('%s:1:%s:%s,', a, seen_at[a], seen_span[a]);
    ELSIF NOT lease_held[a] THEN
      kind := 3;
    END IF;
    WHILE x <= x_end AND x_append[x] = a LOOP
      IF kind = 0 AND stream_version[x_stream[x]] <> x_version[x] THEN
        kind := 2;
        failed := x;
      END IF;
      x := x + 1;
    END LOOP;
    IF kind >= 2 THEN
      refusals := refusals || refusal(a, kind, e_id[first], failed, stream_version[x_stream[failed]]);
    END IF;
    FOR i IN first .. first + a_count[a] - 1 LOOP
      IF kind = 0 THEN
        ${NEXT_POSITION}
        s := e_stream[i];
        c := e_channel[i];
        IF stream_version[s] = 0 THEN has_new := true; ELSE has_old := true; END IF;
        stream_version[s] := stream_version[s] + 1;
        stream_position[s] := head_now;
        pos[i] := head_now;
        ver[i] := stream_version[s];
        prev[i] := channel_head[c];
        hash[i] := channel_hash[c];
        span[i] := first + a_count[a] - i;
        channel_hash[c] := ${ROW_HASH};
        channel_head[c] := head_now;
      ELSE
        pos[i] := 0;
        ver[i] := 0;
        prev[i] := 0;
        hash[i] := ''::bytea;
        span[i] := 0;
      END IF;
    END LOOP;
    first := first + a_count[a];
  END LOOP;

  IF head_now > head_before THEN
    WHILE head_now >= until_now - room_ahead LOOP
      until_now := add_partition();
    END LOOP;
    INSERT INTO events (position, version, channel_prev, recorded_at, event_id, incarnation, category, channel, stream,
        type, namespace, uid, cluster, fleet, site, actor, correlation_id, causation_id, traceparent, previous_hash, data)
      -- by index, since a dozen lists that are unnested beside one another are each copied into a table first
      SELECT pos[i], ver[i], prev[i], recorded, e_id[i], store_incarnation::uuid,
        split_part(b_channels[e_channel[i]], '.', 1), b_channels[e_channel[i]], b_streams[e_stream[i]],
        e_type[i], e_namespace[i], e_uid[i], e_cluster[i], store_fleet, store_site,
        a_actor[e_append[i]], a_correlation[e_append[i]], a_causation[e_append[i]], a_trace[e_append[i]], hash[i], e_data[i]
      FROM generate_series(1, cardinality(pos)) AS i WHERE pos[i] > 0;
    INSERT INTO append_keys (event_id, position, span)
      SELECT e_id[i], pos[i], span[i] FROM generate_series(1, cardinality(pos)) AS i WHERE pos[i] > 0;
    -- not INSERT … ON CONFLICT: that locks each row first, which is a record more in the log
    IF has_old THEN
      UPDATE streams t SET version = w.version, position = w.position
        FROM unnest(b_streams, stream_was, stream_version, stream_position) AS w(stream, was, version, position)
        WHERE t.stream = w.stream AND w.was > 0 AND w.position IS NOT NULL;
    END IF;
    IF has_new THEN
      INSERT INTO streams (stream, version, position)
        SELECT w.stream, w.version, w.position
        FROM unnest(b_streams, stream_was, stream_version, stream_position) AS w(stream, was, version, position)
        WHERE w.was = 0 AND w.position IS NOT NULL;
    END IF;
    UPDATE channels t SET head = w.head, hash = w.hash
      FROM unnest(b_channels, channel_head, channel_hash) AS w(channel, head, hash)
      WHERE t.channel = w.channel AND w.head > head_before;
    IF true = ANY (channel_new) THEN
      INSERT INTO channels (channel, head, hash)
        SELECT w.channel, w.head, w.hash
        FROM unnest(b_channels, channel_head, channel_hash, channel_new) AS w(channel, head, hash, is_new)
        WHERE w.is_new AND w.head > head_before;
    END IF;
    UPDATE head SET position = head_now;
  END IF;

  head_position := head_now;
  positions := array_to_string(pos, ',');
  versions := array_to_string(ver, ',');
  channel_prevs := array_to_string(prev, ',');
  previous_hashes := array_to_string(hash, ',');
END
$append$;
`;

/** What was said when an append is refused; a command that is there already is told so, whatever else has changed since. */
export const refusalFunction = `
CREATE FUNCTION refusal(append int, kind int, first_id uuid, expectation int, actual bigint) RETURNS text
LANGUAGE sql SET search_path = skerry, pg_temp AS $$
  SELECT coalesce(
    (SELECT format('%s:1:%s:%s,', append, k.position, k.span) FROM append_keys k WHERE k.event_id = first_id),
    format('%s:%s:%s:%s,', append, kind, expectation, actual))
$$;
`;

/** Hash of a row: the same as `rowHash` in TypeScript. */
export const hashFunction = `
CREATE FUNCTION row_hash(previous bytea, channel_prev bigint, event_id uuid, type text, data bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256(previous || int8send(channel_prev) || uuid_send(event_id)
    || int4send(octet_length(type)) || convert_to(type, 'UTF8') || data)
$$;
`;

/**
 * Adds the partition after the last and says up to which position (excluded) there are some now. It is attached rather
 * than created in place, because that would lock readers out of the whole table.
 */
export const partitionFunction = `
CREATE FUNCTION add_partition() RETURNS bigint LANGUAGE plpgsql SET search_path = skerry, pg_temp AS $$
DECLARE
  from_position bigint;
  size bigint;
  name text;
BEGIN
  SELECT h.partitions_until INTO from_position FROM head h;
  SELECT t.partition_size INTO size FROM store t;
  name := 'events_' || from_position;
  EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
  EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
    name, from_position, from_position + size);
  UPDATE head SET partitions_until = from_position + size;
  RETURN from_position + size;
END
$$;
`;
