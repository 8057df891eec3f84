/**
 * One call takes one batch: any number of appends, each taken whole or not at all, each seeing what those before it did.
 *
 * A write belongs to an append (numbered from 1, its writes adjacent), is for a stream (by its place in `streams`, where each stands once),
 * expects a revision and adds `sizes` events. An event belongs to a write and comes at a revision; events stand in the order of the writes.
 * `stands` says where each of the streams is expected to stand before the batch, null where writes of the batch expect one another.
 * In another `term` than the one named nothing is taken; null names none.
 *
 * Answers with the position before the batch, the stamp of its events, and the appends that were not taken, null when all were: those
 * taken have the positions that follow, in order. For one not taken: which write found its stream elsewhere and where, how many of its
 * events the log holds, whether it holds all of them just so (the append is a repeat), and if so what was answered then; and the present
 * term, where it is not the one named.
 */
export const APPEND_FUNCTION = `
create or replace function log.append(
  appends int, streams text[], write_appends int[], write_streams int[], expected int[], sizes int[],
  event_writes int[], revisions int[], ids uuid[], types text[], versions int[], data text[], meta text[], stands int[],
  term bigint default null, out before bigint, out recorded_at text, out others json
) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  total bigint := cardinality(ids);
  stamp timestamptz;
  -- The term, where it is not the one named.
  present bigint;
  heads int[];
  taken boolean[];
  stale_write int[];
  stale_actual int[];
  -- Of each event, 0 where it is not taken. Null when all are: they come in their order.
  places bigint[];
  writes int := cardinality(write_appends);
  w int := 1;
  first int;
  a int;
begin
  -- Makes room for all of it, and whoever else appends wait.
  update log.counter c set position = c.position + total, recorded_at = greatest(log.now(), c.recorded_at)
    where c.term = coalesce(append.term, c.term) returning c.position - total, c.recorded_at into before, stamp;
  if not found then
    select c.position, c.recorded_at, c.term into strict before, stamp, present from log.counter c;
  end if;
  recorded_at := to_char(stamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

  if present is not null then
    taken := array_fill(false, array[appends]);
    places := array_fill(0::bigint, array[total::int]);
  -- Where all streams stand as expected, and no write expects what another does, all are taken. Of a stream that has moved on two events tell.
  elsif stands is null or stands <> array(select coalesce(e.revision, -1) from unnest(streams, stands) s (stream, stand)
      left join lateral (select revision from log.events where stream = s.stream and revision >= s.stand order by revision limit 2) e on true) then
    heads := array(select coalesce((select e.revision from log.events e where e.stream = s.stream order by e.revision desc limit 1), -1)
      from unnest(streams) s (stream));
    taken := array_fill(true, array[appends]);
    stale_write := array_fill(null::int, array[appends]);
    stale_actual := array_fill(null::int, array[appends]);
    while w <= writes loop
      a := write_appends[w];
      first := w;
      while w <= writes and write_appends[w] = a loop
        if taken[a] and heads[write_streams[w]] <> expected[w] then
          taken[a] := false;
          stale_write[a] := w;
          stale_actual[a] := heads[write_streams[w]];
        end if;
        w := w + 1;
      end loop;
      if taken[a] then
        for v in first .. w - 1 loop
          heads[write_streams[v]] := heads[write_streams[v]] + sizes[v];
        end loop;
      end if;
    end loop;
    places := array(
      select case when taken[write_appends[e.write]] then before + count(*) filter (where taken[write_appends[e.write]]) over (order by e.n) else 0 end
        from unnest(event_writes) with ordinality e (write, n) order by e.n);
  end if;

  insert into log.events (position, stream, revision, id, type, version, data, meta, recorded_at)
  select coalesce(places[e.n], before + e.n), streams[write_streams[e.write]], e.revision, e.id, e.type, e.version, e.data, e.meta, stamp
    from unnest(event_writes, revisions, ids, types, versions, data, meta) with ordinality e (write, revision, id, type, version, data, meta, n)
    where places[e.n] is distinct from 0;

  if false = any (taken) then
    update log.counter set position = greatest(before, (select max(p) from unnest(places) p)) where present is null;
    select json_agg(json_build_object('append', t.a, 'write', stale_write[t.a], 'actual', stale_actual[t.a],
        'term', present, 'held', r.held, 'repeated', r.held > 0 and r.held = r.just_so and r.held = r.size, 'positions', r.positions, 'recordedAt', r.recorded_at))
      into others
      from unnest(taken) with ordinality t (taken, a)
      cross join lateral (
        select count(*) as size, count(h.id) as held,
            count(*) filter (where h.stream = streams[write_streams[e.write]] and h.revision = e.revision) as just_so,
            json_agg(h.position order by e.n) as positions,
            to_char(max(h.recorded_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as recorded_at
          from unnest(event_writes, revisions, ids) with ordinality e (write, revision, id, n)
          left join log.events h on h.id = e.id
          where write_appends[e.write] = t.a) r
      where not t.taken;
  end if;
end $$;
`;

/**
 * One event alone, as most are where few write, at half of what a batch of one costs; what cannot be taken just so goes through `log.append`.
 * Answers as that does, in one text, which saves the server a row made to measure.
 */
export const APPEND_ONE_FUNCTION = `
create or replace function log.append_one(stream text, expected int, id uuid, type text, version int, data text, meta text, term bigint default null)
returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  at bigint;
  stamp timestamptz;
begin
  update log.counter c set position = c.position + 1, recorded_at = greatest(log.now(), c.recorded_at)
    where c.term = coalesce(append_one.term, c.term) returning c.position, c.recorded_at into at, stamp;
  insert into log.events (position, stream, revision, id, type, version, data, meta, recorded_at)
    select at, append_one.stream, expected + 1, append_one.id, append_one.type, append_one.version, append_one.data, append_one.meta, stamp
    where at is not null and coalesce((select e.revision from log.events e where e.stream = append_one.stream and e.revision >= expected order by e.revision desc limit 1), -1) = expected;
  if found then
    return concat_ws(' ', at - 1, to_char(stamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));
  end if;
  update log.counter set position = at - 1 where at is not null;
  return (select concat_ws(' ', before, recorded_at, others)
    from log.append(1, array[stream], '{1}', '{1}', array[expected], '{1}', '{1}', array[expected + 1], array[id], array[type], array[version], array[data], array[meta], array[expected], append_one.term));
end $$;
`;
