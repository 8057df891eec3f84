import { programmes, type View } from './declared.js';

interface Figure {
  readonly code: string;
  readonly about: string;
  readonly of: 'people' | 'sessions';
  /** Conditions on the rows of `of`. */
  readonly value: string;
  readonly denominator: string;
  readonly unknown: string;
  /** Of one arm by its nature: not pooled, so shown of open programmes only. */
  readonly arm?: true;
}

const all: readonly Figure[] = [
  { code: 'registered', about: 'Registered, of all registered.', of: 'people', value: 'true', denominator: 'true', unknown: 'false' },
  { code: 'eligible', about: 'Eligible, of all registered. Unknown: not screened, or erased.', of: 'people', value: "eligibility = 'eligible'", denominator: 'true', unknown: 'eligibility is null' },
  { code: 'enrolled', about: 'Enrolled, of all registered.', of: 'people', value: 'enrolled', denominator: 'true', unknown: 'false' },
  { code: 'readmission-yes', about: 'Readmitted within the window, of all enrolled. Unknown: neither yes nor no is proven.', of: 'people', value: "enrolled and readmission = 'yes'", denominator: 'enrolled', unknown: "enrolled and readmission = 'unknown'" },
  { code: 'readmission-no', about: 'Not readmitted within the window, of all enrolled. Unknown: neither yes nor no is proven.', of: 'people', value: "enrolled and readmission = 'no'", denominator: 'enrolled', unknown: "enrolled and readmission = 'unknown'" },
  { code: 'died', about: 'Died, of all enrolled. Unknown: erased.', of: 'people', value: 'enrolled and died and not erased', denominator: 'enrolled', unknown: 'enrolled and erased' },
  { code: 'accidental-disclosure', about: 'Participants whose arm was disclosed by accident, of all enrolled. Unknown: erased.', of: 'people', value: 'enrolled and disclosed and not erased', denominator: 'enrolled', unknown: 'enrolled and erased' },
  { code: 'sessions-attended', about: 'Sessions attended, of all sessions recorded. Unknown: without an outcome.', of: 'sessions', value: "code in ('5', '6')", denominator: 'true', unknown: "code = '0'" },
  { code: 'supported', about: 'With a course of peer support, of all enrolled.', of: 'people', value: 'enrolled and supported', denominator: 'enrolled', unknown: 'false', arm: true },
  { code: 'attended-3', about: 'At least 3 sessions attended, of all with a course. Unknown: fewer are evidenced, and the log of the course is not reconciled.', of: 'people', value: 'supported and not erased and attended >= 3', denominator: 'supported', unknown: 'supported and (erased or attended < 3 and not reconciled)', arm: true },
  { code: 'attended-all', about: 'All planned sessions attended, of those with a reconciled log of the course. Unknown, beside them: those with an unreconciled one.', of: 'people', value: 'supported and reconciled and attended >= planned', denominator: 'supported and reconciled', unknown: 'supported and not reconciled', arm: true },
  { code: 'sections-any', about: 'At least 1 workbook section completed, of all who were issued a workbook. Unknown: none is evidenced.', of: 'people', value: 'issued and not erased and sections > 0', denominator: 'issued', unknown: 'issued and (erased or sections = 0)', arm: true },
];

const counts = (of: Figure['of']) =>
  all.flatMap((figure, n) => (figure.of === of ? [`count(*) filter (where ${figure.value}) as v${n}, count(*) filter (where ${figure.denominator}) as d${n}, count(*) filter (where ${figure.unknown}) as u${n}`] : [])).join(',\n    ');

const known = `programmes as (${programmes}),
people as (
  select s.programme, s.erased > 0 as erased, s.enrolled, s.planned, coalesce(p.disclosures @> '[{"kind": "accidental"}]', false) as disclosed, coalesce(p.stage = 'died', false) as died, p.eligibility,
    case when s.erased > 0 then 'unknown' else coalesce(o.readmission, 'unknown') end as readmission,
    c.participant is not null as supported, c.attended, s.erased = 0 and coalesce(not c.courses @> '[{"log": "unknown"}]' and not c.courses @> '[{"log": "not-returned"}]', false) as reconciled,
    w.participant is not null as issued, w.completed as sections
  from {read}.subjects s
  left join {read}.participants p on p.participant = s.participant
  left join {read}.outcomes o on o.participant = s.participant
  left join {read}.courses c on c.participant = s.participant
  left join {read}.workbooks w on w.participant = s.participant),
of_people as (select programme, ${counts('people')} from people group by programme),
of_sessions as (select s.programme, ${counts('sessions')} from {read}.subjects s join {read}.sessions x on x.participant = s.participant and s.erased = 0 group by s.programme),
figures as (
  select g.programme, g.open, f.*
  from programmes g join of_people n on n.programme = g.programme left join of_sessions m on m.programme = g.programme
  cross join lateral (values
    ${all.map(({ code, of, arm }, n) => `('${code}', ${['v', 'd', 'u'].map((each) => `coalesce(${of === 'people' ? 'n' : 'm'}.${each}${n}, 0)`).join(', ')}, ${arm === true})`).join(',\n    ')}
  ) f (figure, value, denominator, unknown, arm)
  where g.open or not f.arm),
weighed as (
  select *, not open and (value between 1 and 7 or unknown between 1 and 7 or denominator between 1 and 7 or denominator - value - unknown between 1 and 7) as small,
    not open and denominator between 1 and 7 as few from figures)`;

/** DOMAIN.md's small-number rules: 1 to 7 are withheld, and what would give them away with them; all others are rounded to 5. */
const told = (number: string, hidden = 'small') => `case when ${hidden} then null when open then ${number} else round(${number} / 5.0) * 5 end::integer`;
const withheld = 'withheld, as it is from 1 to 7 or would give away a number that is; only while the programme is masked';

export const figures: View = {
  name: 'figures',
  about: 'Figures of a whole programme, all arms together, each with its denominator and its unknowns. While a masked programme is not unblinded they are rounded to 5, small ones withheld, and figures of one arm alone left out.',
  key: ['programme', 'figure'],
  columns: [
    { name: 'programme', type: 'text', sql: 'programme', sources: ['participant.ParticipantRegistered.programme'], about: 'The programme.' },
    { name: 'figure', type: 'text', sql: 'figure', sources: [], class: 'open', about: 'What is counted.', codes: Object.fromEntries(all.map(({ code, about }) => [code, about])) },
    { name: 'value', type: 'integer', sql: told('value'), sources: [], class: 'open', about: 'How many.', missing: withheld, unit: 'participants or sessions' },
    { name: 'denominator', type: 'integer', sql: told('denominator', 'few'), sources: [], class: 'open', about: 'Of how many.', missing: withheld, unit: 'participants or sessions' },
    { name: 'unknown', type: 'integer', sql: told('unknown'), sources: [], class: 'open', about: 'Of how many it is not known.', missing: withheld, unit: 'participants or sessions' },
    { name: 'exact', type: 'boolean', sql: 'open', sources: [], class: 'open', about: 'Whether the numbers are exact, or rounded to 5.' },
  ],
  with: known,
  from: 'weighed',
};
