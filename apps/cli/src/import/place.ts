import { isRole, type Role } from '@cairn/access/roles.js';
import { exits, Failure } from '../failure.js';
import { ask, isDone, problemOf, wordsOf } from '../http.js';
import type { Person, Tokens } from '../people.js';
import { Names } from '../record/names.js';
import { today } from '../record.js';
import type { Teller } from './check.js';
import type { Mapping } from './mapping.js';
import { Turns } from './send.js';

/** What the command line says of it. */
export interface Given {
  readonly programme?: string;
  readonly site?: string;
  readonly as?: readonly string[];
}

export interface Place {
  readonly teller: Teller;
  /** Ids of the sections of all workbook versions of the programme. */
  readonly sections: ReadonlySet<string>;
  readonly isThere: (participant: string) => Promise<boolean>;
}

/** Who tells what: DOMAIN.md's researcher registers, the supervisor speaks for the workers, the clinician for the acute care. */
const tellers = ['researcher', 'supervisor', 'clinician'] as const satisfies Role[];

interface Programme {
  readonly zone: string;
  readonly sites: Readonly<Record<string, unknown>>;
  readonly workbooks: Readonly<Record<string, { readonly sections: readonly { readonly id: string }[] }>>;
}

/** Where the rows go and who tells them. @throws Failure when the service has no such programme or site */
export async function placeOf(mapping: Mapping, given: Given, url: string, tokens: Tokens): Promise<Place> {
  const programme = given.programme ?? mapping.programme;
  const site = given.site ?? mapping.site;
  if (programme === undefined || site === undefined) throw new Failure(exits.unusable, `The ${programme === undefined ? 'programme' : 'site'} is not said.`, 'Give --programme ID and --site ID, or name them in the mapping.');
  const people = peopleOf(site, { ...mapping.people, ...subjectsIn(given.as ?? []) });
  const get = async (path: string) => ask(url, { path, token: await tokens('supervisor', people.supervisor) });
  const answer = await get(`/v1/programmes/${encodeURIComponent(programme)}`);
  if (!isDone(answer)) throw new Failure(exits.unusable, `The programme "${programme}" cannot be imported into: ${wordsOf(problemOf(answer))}`, 'Check its id, and that the supervisor may see it. "npm run cairn -- demo" makes one called core.');
  const { zone, sites, workbooks } = answer.body as Programme;
  if (!Object.hasOwn(sites, site)) throw new Failure(exits.unusable, `The programme "${programme}" has no site "${site}".`, `Its sites: ${Object.keys(sites).join(', ') || 'none'}.`);
  const there = new Map<string, Promise<boolean>>();
  const turns = new Turns();
  const isThere = (participant: string) => {
    const known = there.get(participant) ?? turns.take(() => get(`/v1/participants/${participant}`)).then(isDone);
    there.set(participant, known);
    return known;
  };
  const teller = { names: new Names(mapping.namespace ?? `cairn-import:${programme}/${site}`), programme, site, people, zone: mapping.zone ?? zone, today: today(), via: 'import', because: mapping.because ?? { code: 'imported' } };
  return { teller, sections: new Set(Object.values(workbooks).flatMap(({ sections }) => sections.map(({ id }) => id))), isThere };
}

function peopleOf(site: string, subjects: Mapping['people']): Record<(typeof tellers)[number], Person> {
  const person = (role: Role): Person => ({ role, subject: subjects[role] ?? `${role}-${site}`, sites: [site] });
  return { researcher: person('researcher'), supervisor: person('supervisor'), clinician: person('clinician') };
}

function subjectsIn(given: readonly string[]): Mapping['people'] {
  return Object.fromEntries(
    given.map((each) => {
      const [role = '', subject = ''] = each.split(/:(.*)/);
      if (!isRole(role) || !(tellers as readonly Role[]).includes(role) || subject === '') throw new Failure(exits.unusable, `--as has "${each}".`, `Write it as role:subject; the roles that tell what is imported are ${tellers.join(', ')}.`);
      return [role, subject];
    }),
  );
}
