import type { Results } from './results.js';
import type { Told } from './rounds.js';

/** What has to be reached, and what is hoped for, of a ratio within one run. */
interface Gate {
  readonly what: string;
  readonly unit?: string;
  /** `least`: not below the gate; `most`: not above it. */
  readonly bound: 'least' | 'most';
  readonly gate: number;
  readonly aim?: number;
  readonly of: (results: Results) => number | undefined;
}

export interface Judged {
  readonly what: string;
  readonly unit: string;
  readonly bound: Gate['bound'];
  readonly gate: number;
  readonly aim: number | undefined;
  readonly value: number | undefined;
  readonly verdict: 'aim reached' | 'reached' | 'missed' | 'not measured';
}

type Of = Gate['of'];

const ratio = (one: number | undefined, other: number | undefined) => (one !== undefined && other ? one / other : undefined);
type Name = 'perSecond' | 'p50' | 'p99';
type All = Readonly<Record<string, Told>> | undefined;
const figure = (of: All, contender: string, name: Name) => of?.[contender]?.[name];
const against = (of: All, contender: string, name: Name = 'perSecond', own = 'cairn') => ratio(figure(of, own, name), figure(of, contender, name));

const cell = ({ append }: Results, concurrency: number, batch = 1) => append?.find((row) => row.concurrency === concurrency && row.batch === batch)?.contenders;
const appendOver = (contender: string, concurrency: number, batch = 1): Of => (results) => against(cell(results, concurrency, batch), contender);
const bestPeer: Of = (results) => {
  const peers = ['emmett', 'message-db', 'castore'].flatMap((name) => figure(cell(results, 64), name, 'perSecond') ?? []);
  return peers.length > 0 ? ratio(figure(cell(results, 64), 'cairn', 'perSecond'), Math.max(...peers)) : undefined;
};
const replayOver = (own: string, contender: string): Of => ({ replay }) => against(replay?.log.contenders, contender, 'perSecond', own);
const rebuildOver = (contender: string): Of => ({ rebuild }) => against(rebuild?.contenders, contender);
const put64 = ({ http }: Results) => http?.find(({ request, connections }) => request === 'PUT attendance' && connections === 64)?.contenders;
const grown = (figureOf: (row: NonNullable<Results['growth']>[number]) => number | undefined): Of => ({ growth }) => {
  const at = (events: number) => growth?.find((row) => row.events === events);
  const [before, after] = [at(10_000), at(1_000_000)];
  return before && after && ratio(figureOf(after), figureOf(before));
};

const gates: readonly Gate[] = [
  { what: 'append, 1 writer, of raw', bound: 'least', gate: 0.65, aim: 0.85, of: appendOver('raw', 1) },
  { what: 'append, 1 writer, of Emmett', bound: 'least', gate: 1.4, of: appendOver('emmett', 1) },
  { what: 'append, 16 writers, of raw', bound: 'least', gate: 1.1, aim: 1.6, of: appendOver('raw', 16) },
  { what: 'append, 16 writers, of Emmett', bound: 'least', gate: 4, of: appendOver('emmett', 16) },
  { what: 'append, 64 writers, of raw', bound: 'least', gate: 1.6, aim: 2.4, of: appendOver('raw', 64) },
  { what: 'append, 64 writers, of Emmett', bound: 'least', gate: 5.5, aim: 9, of: appendOver('emmett', 64) },
  { what: 'append, 64 writers, of the best peer', bound: 'least', gate: 1.8, aim: 2.8, of: bestPeer },
  { what: 'append, 256 writers, of raw', bound: 'least', gate: 2.2, aim: 4, of: appendOver('raw', 256) },
  { what: 'batches of 100 at 16, of a raw unnest', bound: 'least', gate: 0.6, aim: 0.9, of: appendOver('raw', 16, 100) },
  { what: 'p99 at 64 writers, of raw', bound: 'most', gate: 0.6, aim: 0.35, of: (results) => against(cell(results, 64), 'raw', 'p99') },
  { what: 'p99 in open loop, of Emmett', bound: 'most', gate: 0.25, aim: 0.1, of: ({ openLoop }) => against(openLoop?.contenders, 'emmett', 'p99') },
  { what: 'full replay, raw, of COPY', bound: 'least', gate: 0.35, aim: 0.6, of: replayOver('raw', 'copy') },
  { what: 'full replay, opened, of COPY', bound: 'least', gate: 0.15, aim: 0.3, of: replayOver('decoded', 'copy') },
  { what: 'full replay, raw, of message-db', bound: 'least', gate: 1.6, of: replayOver('raw', 'message-db') },
  { what: 'rebuild, of own decoded replay', bound: 'least', gate: 0.5, aim: 0.9, of: rebuildOver('decoded') },
  { what: 'rebuild, of Emmett', bound: 'least', gate: 15, aim: 50, of: rebuildOver('emmett') },
  { what: 'HTTP, 64 connections, of bare', bound: 'least', gate: 0.55, aim: 0.75, of: (results) => against(put64(results), 'bare') },
  { what: 'HTTP, 64 connections, of NestJS on Emmett', bound: 'least', gate: 3, aim: 5, of: (results) => against(put64(results), 'nestjs-emmett') },
  { what: 'growth 10 thousand to 1 million, an append', bound: 'most', gate: 1.2, aim: 1.05, of: grown(({ append }) => append && 1 / append.perSecond) },
  { what: 'growth 10 thousand to 1 million, a timeline', bound: 'most', gate: 1.2, aim: 1.05, of: grown(({ reads }) => figure(reads, 'timeline', 'p50')) },
  { what: 'growth 10 thousand to 1 million, a replay', bound: 'most', gate: 1.2, aim: 1.05, of: grown(({ reads }) => figure(reads, 'replay', 'p50')) },
  { what: 'memory serving', unit: ' MB', bound: 'most', gate: 300, aim: 200, of: ({ cost }) => cost?.memory.underLoad },
  { what: 'time to ready', unit: ' s', bound: 'most', gate: 5, aim: 2, of: ({ cost }) => cost && Math.max(cost.ready.first, cost.ready.again) },
];

export function judge(results: Results): Judged[] {
  return gates.map(({ what, unit = ' ×', bound, gate, aim, of }) => {
    const value = of(results);
    const meets = (mark: number) => value !== undefined && (bound === 'least' ? value >= mark : value <= mark);
    const verdict = value === undefined ? 'not measured' : !meets(gate) ? 'missed' : aim !== undefined && meets(aim) ? 'aim reached' : 'reached';
    return { what, unit, bound, gate, aim, value, verdict };
  });
}
