import Table from 'cli-table3';
import type { Judged } from './gates.js';
import type { Results } from './results.js';
import type { Told } from './rounds.js';

/** Everything a run found, as tables for a person. */
export function printed(results: Results, judged: readonly Judged[]): string {
  return [
    ...(results.append ?? []).map(({ concurrency, batch, contenders }) => rates(`append, ${concurrency} ${concurrency === 1 ? 'writer' : 'writers'}${batch > 1 ? `, batches of ${batch}` : ''}`, contenders, 'events/s')),
    ...(results.openLoop ? [rates(`append, ${results.openLoop.perSecond} arriving a second`, results.openLoop.contenders, 'events/s')] : []),
    ...(results.replay ? [paces(`replay of the whole log of ${whole(results.replay.log.events)}`, results.replay.log.contenders), paces(`replay of one stream of ${whole(results.replay.stream.events)}`, results.replay.stream.contenders)] : []),
    ...(results.rebuild ? [paces(`rebuild from ${whole(results.rebuild.events)} events to ${whole(results.rebuild.rows)} rows`, results.rebuild.contenders)] : []),
    ...(results.http ?? []).map(({ request, connections, contenders }) => rates(`${request}, ${connections} ${connections === 1 ? 'connection' : 'connections'}`, contenders, 'requests/s')),
    ...(results.growth ? [grown(results.growth, results.growthExponents ?? {})] : []),
    ...(results.cost ? [costs(results.cost)] : []),
    verdicts(judged),
  ].join('\n');
}

function rates(title: string, contenders: Readonly<Record<string, Told>>, unit: string): string {
  return table([title, unit, 'lowest – highest', 'p50 ms', 'p99 ms', 'windows', 'dropped'], Object.entries(contenders).map(([name, { perSecond, p50, p99, spread, windows, dropped }]) => [name, whole(perSecond), spread.map(whole).join(' – '), fine(p50), fine(p99), windows, dropped]));
}

function paces(title: string, contenders: Readonly<Record<string, Told>>): string {
  return table([title, 'events/s', 'lowest – highest', 'µs an event', 'windows', 'dropped'], Object.entries(contenders).map(([name, { perSecond, microseconds, spread, windows, dropped }]) => [name, whole(perSecond), spread.map(whole).join(' – '), fine(microseconds), windows, dropped]));
}

function grown(rows: NonNullable<Results['growth']>, exponents: Readonly<Record<string, number>>): string {
  const reads = Object.keys(rows[0]?.reads ?? {});
  return table(
    ['growth: events', 'appends/s', ...reads.map((name) => `${name}, p50 ms`), 'service MB', 'PostgreSQL MB', 'bytes an event'],
    [
      ...rows.map(({ events, append, reads: of, memory, bytesPerEvent }) => [whole(events), whole(append?.perSecond), ...reads.map((name) => fine(of[name]?.p50)), whole(memory.service), whole(memory.postgres), whole(bytesPerEvent)]),
      ['exponent', fine(exponents['append']), ...reads.map((name) => fine(exponents[name])), '', '', ''],
    ],
  );
}

function costs({ micros, bytesPerEvent, memory, ready, installMb }: NonNullable<Results['cost']>): string {
  return table(
    ['cost', ''],
    [
      ...(micros ? [['processor an event, 64 writers', `Node ${whole(micros.node)} µs, PostgreSQL ${whole(micros.postgres)} µs`]] : []),
      ['disk an event', `log ${whole(bytesPerEvent.log)} bytes, with all read models ${whole(bytesPerEvent.all)}`],
      ['memory, service and PostgreSQL', `at rest ${whole(memory.atRest)} MB, under load ${whole(memory.underLoad)} MB`],
      ['ready', `first start ${fine(ready.first)} s, later ${fine(ready.again)} s`],
      ['installed', `${whole(installMb)} MB`],
    ],
  );
}

function verdicts(judged: readonly Judged[]): string {
  const sign = { least: '≥', most: '≤' } as const;
  return table(
    ['to reach', 'found', 'gate', 'aim', ''],
    judged.map(({ what, unit, bound, gate, aim, value, verdict }) => [what, value === undefined ? '' : `${fine(value)}${unit}`, `${sign[bound]} ${gate}${unit}`, aim === undefined ? '' : `${sign[bound]} ${aim}${unit}`, verdict]),
  );
}

function table(head: string[], rows: (string | number | undefined)[][]): string {
  const made = new Table({ head, style: { head: [], border: [] }, colAligns: head.map((_, index) => (index === 0 ? 'left' : 'right')) });
  made.push(...rows.map((row) => row.map((cell) => cell ?? '')));
  return made.toString();
}

function whole(value: number | undefined): string {
  return value === undefined ? '' : Math.round(value).toLocaleString('en-GB');
}

function fine(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}
