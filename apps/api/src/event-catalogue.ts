import { questionGrants, reach, seesClass, seesGroup, type QuestionName } from '@cairn/access/policy.js';
import { commandOf } from '@cairn/access/told-by.js';
import { roles, type Role } from '@cairn/access/roles.js';
import { schemaOf, type Schema } from '@cairn/access/schemas.js';
import { definitionOf, type Catalogue } from '@cairn/kernel/catalogue.js';
import { correctionTypes, isCorrection } from '@cairn/kernel/corrections.js';
import { disclosureOf, envelopeDisclosure, type DisclosureClass } from '@cairn/kernel/disclosure.js';

export interface DescribedField {
  readonly name: string;
  /** In words: `whole number from 1 to 600`. */
  readonly type: string;
  readonly optional: boolean;
  readonly class: DisclosureClass;
  /** Who is shown it, of those who reach the participant; of what is about no participant, whoever may ask the question that shows it. */
  readonly seenBy: readonly Role[];
}

export interface DescribedEvent {
  readonly type: string;
  /** The version written now; every earlier one is still read. */
  readonly version: number;
  /** A fact, a remark on entries, or a correction of them. */
  readonly kind: 'fact' | 'remark' | 'correction';
  /** The command that tells it; none is told by the service itself. */
  readonly command: string | null;
  readonly recordedBy: readonly Role[];
  /** Masked roles are not shown who told it, by what way, and why. */
  readonly tellerWithheld: boolean;
  readonly fields: readonly DescribedField[];
}

export interface DescribedStream {
  readonly stream: string;
  readonly about: string;
  /** Masked roles never see that such a stream exists. */
  readonly revealsAllocation: boolean;
  readonly events: readonly DescribedEvent[];
}

/** What shows the streams that are about no participant. */
const shownBy: Readonly<Record<string, QuestionName>> = { programme: 'Programme', studynumber: 'Participants', staff: 'Staff', meeting: 'Staff', account: 'Accounts', conduct: 'Conduct' };
/** Fields that hold what another event says: each of its fields is shown by its own class. */
const nested: Readonly<Record<string, string>> = { EntryAmended: 'data', EntryReattributed: 'carried' };

/** Everything that can be written, from the one declaration on each field; remarks and corrections once, since every participant's stream takes them. */
export function describeEvents(catalogues: readonly Catalogue[]): DescribedStream[] {
  const streams = catalogues.map((group) => described(group, group.stream, Object.keys(group.definitions)));
  const open = catalogues.find(({ about, reveals }) => about === 'participant' && reveals === undefined);
  return open ? [...streams, described(open, 'any stream of a participant', [...Object.keys(open.remarks ?? {}), ...correctionTypes])] : streams;
}

/** Name, class and readers of what every event carries beside its own fields. */
export function describeEnvelope(): Pick<DescribedField, 'name' | 'class' | 'seenBy'>[] {
  return Object.entries(envelopeDisclosure).map(([name, disclosure]) => ({ name, class: disclosure, seenBy: readersOf(disclosure) }));
}

function described(group: Catalogue, stream: string, types: readonly string[]): DescribedStream {
  return { stream, about: group.about, revealsAllocation: group.reveals === 'allocation', events: types.map((type) => eventOf(group, type)) };
}

function eventOf(group: Catalogue, type: string): DescribedEvent {
  const { version, data, teller } = definitionOf(group, type);
  const { properties = {}, required = [] } = schemaOf(data);
  const kind = isCorrection(type) ? 'correction' : Object.hasOwn(group.definitions, type) ? 'fact' : 'remark';
  const fields = [...disclosureOf(data)].map(([name, { class: disclosure }]) => {
    const within = nested[type] === name;
    return { name, type: within ? 'what the entry says, each field by its own class' : wordsOf(properties[name] ?? {}), optional: !required.includes(name), class: disclosure, seenBy: readersOf(within ? 'linked' : disclosure, group) };
  });
  const { command, roles: recordedBy } = commandOf(type);
  return { type, version, kind, command: command ?? null, recordedBy, tellerWithheld: teller === 'withheld', fields };
}

function readersOf(disclosure: DisclosureClass, group?: Catalogue): Role[] {
  if (group && group.about !== 'participant') return roles.filter((role) => shownTo(group).includes(role) && (disclosure !== 'blinded' || seesClass([role], disclosure)));
  return roles.filter((role) => reach[role] !== 'none' && seesClass([role], disclosure) && (!group || seesGroup({ roles: [role] }, group)));
}

function shownTo({ stream }: Catalogue): readonly Role[] {
  const question = shownBy[stream];
  if (!question) throw new Error(`The catalogue of events does not know who is shown ${stream} streams.`);
  return questionGrants[question];
}

const uuid = '^[0-9a-f]{8}-';

/** A schema in words. */
function wordsOf(schema: Schema): string {
  const { type, minimum, maximum, pattern, items, $ref } = schema as { type?: string; minimum?: number; maximum?: number; pattern?: string; items?: Schema; $ref?: string };
  if (Array.isArray(schema['enum'])) return (schema['enum'] as unknown[]).join(' | ');
  if ($ref !== undefined) return nameOf($ref);
  if (type === 'array') return `list of ${wordsOf(items ?? {})}`;
  if (type === 'integer' || type === 'number') return `${type === 'integer' ? 'whole number' : 'number'}${minimum === undefined ? '' : ` from ${minimum}`}${maximum === undefined ? '' : ` to ${maximum}`}`;
  if (type === 'boolean') return 'yes or no';
  if (pattern?.startsWith(uuid)) return 'UUID';
  if (type === 'string') return schema['format'] === 'date' ? 'local date' : 'text';
  return type ?? 'object';
}

/** `time point` of `#/components/schemas/TimePoint`. */
function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1).replace(/(?<!^)([A-Z])/g, ' $1').toLowerCase();
}
