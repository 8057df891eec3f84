import 'reflect-metadata';

/**
 * Who may see a field, declared on the field. `open`: may appear in an anonymous release; `linked`: for those who may see the case;
 * `blinded`: reveals allocation; `worker`: points at a staff member; `personal`: free text or anything that identifies.
 */
export const disclosureClasses = ['open', 'linked', 'blinded', 'worker', 'personal'] as const;
export type DisclosureClass = (typeof disclosureClasses)[number];

/** The columns of the anonymous log that an open field may fill. */
export type AnonymousColumn = 'mode' | 'outcome' | 'section';

export interface Disclosure {
  readonly class: DisclosureClass;
  readonly column?: AnonymousColumn;
}

const declared = Symbol('disclosure');

export const Open = (column?: AnonymousColumn): PropertyDecorator => declare(column ? { class: 'open', column } : { class: 'open' });
export const Linked = (): PropertyDecorator => declare({ class: 'linked' });
export const Blinded = (): PropertyDecorator => declare({ class: 'blinded' });
export const Worker = (): PropertyDecorator => declare({ class: 'worker' });
export const Personal = (): PropertyDecorator => declare({ class: 'personal' });

/** The classes of envelope fields are fixed. What is not named here never leaves the journal. */
export const envelopeDisclosure = {
  id: 'linked',
  type: 'linked',
  version: 'linked',
  occurred: 'linked',
  recordedAt: 'linked',
  source: 'linked',
  protocol: 'linked',
  registration: 'linked',
  actor: 'worker',
  reason: 'linked',
  'reason.text': 'personal',
} as const satisfies Record<string, DisclosureClass>;

/** Field name to disclosure, fields of parent classes included. */
export function disclosureOf(data: Function): ReadonlyMap<string, Disclosure> {
  return (Reflect.getMetadata(declared, data) as Map<string, Disclosure> | undefined) ?? new Map();
}

function declare(disclosure: Disclosure): PropertyDecorator {
  return (target, field) => {
    const owner = target.constructor;
    const fields = new Map(disclosureOf(owner));
    fields.set(String(field), disclosure);
    Reflect.defineMetadata(declared, fields, owner);
  };
}
