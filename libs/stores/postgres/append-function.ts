/**
 * One call takes one batch: any number of appends, each taken whole or not at all, each seeing what those before it did.
 *
 * A write belongs to an append (numbered from 1, its writes adjacent), is for a stream (by its place in `streams`, where each stands once),
 * expects a revision and adds `sizes` events. An event belongs to a write and comes at a revision; events stand in the order of the writes.
 *
 * Answers with the position before the batch, the stamp of its events, and the appends that were not taken, null when all were: those
 * taken have the positions that follow, in order. For one not taken: which write found its stream elsewhere and where, how many of its
 * events the log holds, whether it holds all of them just so (the append is a repeat), and if so what was answered then.
 */
export const APPEND_FUNCTION = `
create or replace function log.append(
  appends int, streams text[], write_appends int[], write_streams int[], expected int[], sizes int[],
  event_writes int[], revisions int[], ids uuid[], types text[], versions int[], data text[], meta text[],
  out before bigint, out recorded_at text, out others json
) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  last log.counter;
  stamp timestamptz;
  heads int[];
  taken boolean[] := array_fill(true, array[appends]);
  stale_write int[] := array_fill(null::int, array[appends]);
  stale_actual int[] := array_fill(null::int, array[appends]);
  writes int := cardinality(write_appends);
  w int := 1;
  first int;
  a int;
  written bigint := 0;
begin
  select * into strict last from log.counter for update;
  stamp := greatest(log.now(), last.recorded_at);
  before := last.position;
  recorded_at := to_char(stamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

  if appends = 1 and writes = 1 and cardinality(ids) = 1 then
    -- One event alone, as most are where few write: the same as below, at a third of what sets of one row cost.
    heads := array[coalesce((select e.revision from log.events e where e.stream = streams[1] order by e.revision desc limit 1), -1)];
    if heads = expected then
      insert into log.events (position, stream, revision, id, type, version, data, meta, recorded_at)
        values (last.position + 1, streams[1], revisions[1], ids[1], types[1], versions[1], data[1], meta[1], stamp);
      update log.counter set position = last.position + 1, recorded_at = stamp;
      return;
    end if;
  else
    select array_agg(coalesce((select e.revision from log.events e where e.stream = s.stream order by e.revision desc limit 1), -1) order by s.n)
      into heads from unnest(streams) with ordinality s (stream, n);
  end if;

  -- Where every write is on a stream of its own that stands as expected, all are taken; places in streams follow the writes.
  if heads is distinct from expected then
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
  end if;

  insert into log.events (position, stream, revision, id, type, version, data, meta, recorded_at)
  select last.position + row_number() over (order by e.n), streams[write_streams[e.write]], e.revision, e.id, e.type, e.version, e.data, e.meta, stamp
    from unnest(event_writes, revisions, ids, types, versions, data, meta) with ordinality e (write, revision, id, type, version, data, meta, n)
    where taken[write_appends[e.write]];
  get diagnostics written = row_count;

  if written > 0 then
    update log.counter set position = last.position + written, recorded_at = stamp;
  end if;

  if false = any (taken) then
    select json_agg(json_build_object('append', t.a, 'write', stale_write[t.a], 'actual', stale_actual[t.a],
        'held', r.held, 'repeated', r.held > 0 and r.held = r.just_so and r.held = r.size, 'positions', r.positions, 'recordedAt', r.recorded_at))
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
