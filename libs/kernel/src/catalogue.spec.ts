import { Type } from 'class-transformer';
import { IsArray, IsInt, IsObject, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import fc from 'fast-check';
import { catalogue, check, definitionOf, lift, UnreadableEvent } from './catalogue.js';
import { fieldsOf, type DataClass } from './declared.js';
import { faultsOf } from './faults.js';
import { fold } from './decider.js';
import { disclosureOf, Linked, Open, Personal, Worker } from './disclosure.js';
import { Invalid } from './refused.js';
import { entryOf } from './testing.js';

class Cover {
  @IsString() colour: string;
}

class Section {
  @IsString() id: string;
  @IsInt() @Min(1) pages: number;
  @IsOptional() @ValidateNested() @Type(() => Cover) cover?: Cover;
}

class Issued {
  @Linked() @IsString() book: string;
  @Open('section') @IsArray() @ValidateNested({ each: true }) @Type(() => Section) sections: Section[];
  @Linked() @IsOptional() @ValidateNested() @Type(() => Section) first?: Section;
  @Personal() @IsOptional() @IsObject() answers?: object;
  @Personal() @IsOptional() @IsString() note?: string;
}

class Attended {
  @Linked() @IsString() session: string;
  @Linked() @IsInt() @Min(0) minutes: number;
  @Open('mode') @IsString() mode: string;
}

class Nothing {}

const books = { stream: 'workbook', about: 'participant' } as const;
const group = catalogue(books, {
  Issued: { version: 1, data: Issued, fixed: ['book'] },
  Attended: {
    version: 3,
    data: Attended,
    upcast: {
      1: ({ session, hours }: { session: string; hours: number }) => ({ session, minutes: hours * 60 }),
      2: (data: { session: string; minutes: number }) => ({ ...data, mode: 'in-person' }),
    },
  },
  Nothing: { version: 1, data: Nothing },
});
const issued = { book: 'b1', sections: [{ id: 's1', pages: 3 }] };

function faults(data: unknown, type = 'Issued', at?: string): string[] {
  try {
    check(group, type, data, at);
    return [];
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return error.faults.map(({ field, message }) => `${field}: ${message}`);
  }
}

describe('a catalogue', () => {
  const build = (data: DataClass, also: object = {}) => () => catalogue(books, { Written: { version: 1, data, ...also } });

  it('builds, and keeps its group and definitions', () => {
    expect(group).toMatchObject(books);
    expect(Object.keys(group.definitions)).toEqual(['Issued', 'Attended', 'Nothing']);
  });

  it('refuses a field without a disclosure class', () => {
    class Unclassed {
      @IsString() note: string;
    }
    expect(build(Unclassed)).toThrow('Written.note has no disclosure class');
  });

  it('refuses a field without a disclosure class even if all that is said of it is that it may be left out', () => {
    class Unclassed {
      @IsOptional() note?: string;
    }
    expect(build(Unclassed)).toThrow('Written.note has no disclosure class');
  });

  it('refuses a class without validation; that a field may be left out is none', () => {
    class Unchecked {
      @Linked() session: string;
    }
    class Optional {
      @Linked() @IsOptional() session?: string;
    }
    expect(build(Unchecked)).toThrow('Written.session has no validation');
    expect(build(Optional)).toThrow('Written.session has no validation');
  });

  it('refuses a missing upcast, and names the version', () => {
    expect(build(Attended, { version: 3, upcast: { 1: () => ({}) } })).toThrow('Written has no upcast from version 2');
    expect(build(Attended, { version: 2 })).toThrow('Written has no upcast from version 1');
  });

  it.each([0, -1, 1.5, NaN])('refuses the version %p', (version) => {
    expect(build(Attended, { version })).toThrow('versions count from 1');
  });

  it('refuses to fix a field that does not exist', () => {
    expect(build(Attended, { fixed: ['sesion'] })).toThrow('Written fixes sesion');
  });

  it('refuses the name of a correction as a type', () => {
    expect(() => catalogue(books, { EntryVoided: { version: 1, data: Attended } })).toThrow('EntryVoided is the name of a correction');
  });

  it.each(['follow-up', '', 'Support', 'a b'])('refuses to name streams %p', (stream) => {
    expect(() => catalogue({ stream, about: 'participant' }, {})).toThrow('cannot name streams');
  });

  it('knows the fields of parent classes, and lets a child class a field anew', () => {
    class Parent {
      @Linked() @IsString() session: string;
      @Open() @IsString() mode: string;
    }
    class Child extends Parent {
      @Worker() @IsString() by: string;
      @Personal() declare mode: string;
    }
    expect(fieldsOf(Child).toSorted()).toEqual(['by', 'mode', 'session']);
    expect(Object.fromEntries(disclosureOf(Child))).toEqual({ session: { class: 'linked' }, mode: { class: 'personal' }, by: { class: 'worker' } });
    expect(disclosureOf(Parent).get('mode')).toEqual({ class: 'open' });
    expect(build(Child)).not.toThrow();
  });
});

describe('definitionOf', () => {
  it('knows the corrections on participants\' streams only', () => {
    expect(definitionOf(group, 'EntryAmended').version).toBe(1);
    const programme = catalogue({ stream: 'programme', about: 'programme' }, {});
    expect(() => definitionOf(programme, 'EntryAmended')).toThrow(UnreadableEvent);
  });

  it.each(['Lost', 'constructor', 'toString', '__proto__', 'hasOwnProperty', ''])('stops at the unknown type %p', (type) => {
    expect(() => definitionOf(group, type)).toThrow(UnreadableEvent);
    expect(() => lift(group, type, 1, {})).toThrow(`This program knows no event ${type} on workbook streams`);
    expect(() => check(group, type, {})).toThrow(UnreadableEvent);
  });
});

describe('check', () => {
  it('accepts what the class declares', () => {
    expect(faults(issued)).toEqual([]);
    expect(faults({ ...issued, first: { id: 's1', pages: 1 }, answers: { q1: ['yes'] }, note: 'zoë 🪨' })).toEqual([]);
  });

  it('names every unknown field', () => {
    expect(faults({ ...issued, nhsNumber: '1', name: 'x' })).toEqual(['nhsNumber: is not a field of this', 'name: is not a field of this']);
  });

  it('names wrong types and missing fields', () => {
    expect(faults({ book: 5, sections: 'none' })).toEqual(expect.arrayContaining(['book: must be a string', 'sections: must be an array']));
    expect(faults({ sections: [] })).toEqual(['book: is missing']);
  });

  it('names nested faults by their path', () => {
    const sections = [{ id: 5, pages: 1 }, { id: 's2', pages: 0, colour: 'red' }];
    expect(faults({ ...issued, sections })).toEqual(['sections[0].id: must be a string', 'sections[1].colour: is not a field of this', 'sections[1].pages: must not be less than 1']);
    expect(faults({ ...issued, sections }, 'Issued', 'data')[0]).toBe('data.sections[0].id: must be a string');
  });

  it.each([
    ['a list among the items', { sections: [[{ id: 's1', pages: 3 }]] }, 'sections[0]'],
    ['an empty list among the items', { sections: [{ id: 's1', pages: 3 }, []] }, 'sections[1]'],
    ['a list for one object', { first: [{ id: 's1', pages: 3 }] }, 'first'],
    ['an empty list for one object', { first: [] }, 'first'],
    ['a list for one object in an item', { sections: [{ id: 's1', pages: 3, cover: [] }] }, 'sections[0].cover'],
    ['null among the items', { sections: [null] }, 'sections[0]'],
    ['a number among the items', { sections: [5] }, 'sections[0]'],
    ['text for one object', { first: 's1' }, 'first'],
    ['an object for a list', { sections: { id: 's1', pages: 3 } }, 'sections'],
  ])('refuses %s', (_, also, field) => {
    expect(new Set(faultsOf(Issued, { ...issued, ...also }).map((fault) => fault.field))).toEqual(new Set([field]));
  });

  it.each(['a\0b', '\ud800', 'a\udc00'])('refuses the text %j anywhere, names included', (text) => {
    const message = 'holds a NUL or a broken character';
    expect(faults({ ...issued, note: text })).toEqual([`note: ${message}`]);
    expect(faults({ ...issued, sections: [{ id: text, pages: 1 }] })).toEqual([`sections[0].id: ${message}`]);
    expect(faults({ ...issued, answers: { q: [text] } })).toEqual([`answers.q[0]: ${message}`]);
    expect(faults({ ...issued, answers: { [text]: 1 } })).toEqual([`answers.${text}: ${message}`]);
  });

  it('refuses null for a field that may be left out', () => {
    expect(faults({ ...issued, note: null })).toEqual(['note: must not be null: leave it out']);
    expect(faults({ ...issued, first: null })).toEqual(['first: must not be null: leave it out']);
  });

  it.each(Object.getOwnPropertyNames(Object.prototype))('refuses the field %s, which every object has', (name) => {
    const smuggled = JSON.parse(`{"${name}": "free text"}`) as object;
    expect(faults(withOwn(issued, smuggled))).toEqual([`${name}: is not a field of this`]);
    expect(faults({ ...issued, first: withOwn({ id: 's1', pages: 1 }, smuggled) })).toEqual([`first.${name}: is not a field of this`]);
  });

  it.each([null, undefined, 'text', 5, [], [issued]])('refuses %p for a whole', (data) => {
    expect(faults(data)).toEqual(['body: must be an object']);
    expect(faults(data, 'Issued', 'data')).toEqual(['data: must be an object']);
  });

  it('lets a fact without fields be written, and nothing in it', () => {
    expect(faults({}, 'Nothing')).toEqual([]);
    expect(faults({ note: 'x' }, 'Nothing')).toEqual(['note: is not a field of this']);
  });

  it('refuses what is nested without end', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(faults({ ...issued, answers: { deep } })[0]).toMatch(/^answers\.deep.*is nested more than 32 levels deep$/);
  });

  it('never throws anything but Invalid, whatever it is given', () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true }), fc.jsonValue(), (anything, json) => {
      for (const value of [anything, json, { ...issued, sections: json }, { ...issued, first: json, answers: json }]) faults(value);
    }));
  });
});

describe('lift', () => {
  it('chains upcasts from any version to now', () => {
    const now = { session: 's1', minutes: 120, mode: 'in-person' };
    expect(lift(group, 'Attended', 1, { session: 's1', hours: 2 })).toEqual(now);
    expect(lift(group, 'Attended', 2, { session: 's1', minutes: 120 })).toEqual(now);
    expect(lift(group, 'Attended', 3, now)).toBe(now);
  });

  it('stops at a newer version', () => {
    expect(() => lift(group, 'Attended', 4, {})).toThrow(UnreadableEvent);
    expect(() => lift(group, 'Attended', 4, {})).toThrow('Attended version 4 is newer than this program, which knows 3');
  });

  it.each([0, -1, 1.5, NaN])('stops at the impossible version %p instead of losing the data', (version) => {
    expect(() => lift(group, 'Attended', version, { session: 's1' })).toThrow(UnreadableEvent);
  });

  it('lifts to what may be written now; a broken upcaster would be caught by check', () => {
    expect(faults(lift(group, 'Attended', 1, { session: 's1', hours: 2 }), 'Attended')).toEqual([]);
    const broken = catalogue(books, { Attended: { version: 2, data: Attended, upcast: { 1: ({ hours }: { hours: number }) => ({ minutes: hours, mode: 'online' }) } } });
    expect(() => check(broken, 'Attended', lift(broken, 'Attended', 1, { session: 's1', hours: 2 }))).toThrow('session: is missing');
  });
});

/** Both objects' own fields, `__proto__` included, as JSON.parse would make them. */
function withOwn(a: object, b: object): object {
  return Object.fromEntries([...Object.entries(a), ...Object.entries(b)]);
}

describe('remarks', () => {
  const remarked = catalogue({ ...books, remarks: { Attested: { version: 1, data: Attended } } }, { Issued: { version: 1, data: Issued } });

  it('are written to the stream beside its own facts, which they are not', () => {
    expect(definitionOf(remarked, 'Attested').data).toBe(Attended);
    expect(Object.keys(remarked.definitions)).toEqual(['Issued']);
  });
  it('are folded by a decider of their own', () => {
    const states = { initial: 0, decide: () => [], evolve: (seen: number) => seen + 1 };
    const past = [entryOf({ type: 'Issued', data: {} }, 1), entryOf({ type: 'Attested', data: {} }, 2), entryOf({ type: 'Attested', data: {} }, 3)];
    expect(fold({ ...states, events: remarked }, past)).toBe(1);
    expect(fold({ ...states, events: catalogue(books, { Attested: { version: 1, data: Attended } }) }, past)).toBe(2);
  });
  it('do not take the name of a fact', () => {
    expect(() => catalogue({ ...books, remarks: { Issued: { version: 1, data: Issued } } }, { Issued: { version: 1, data: Issued } })).toThrow(/Issued is a remark/);
  });
  it('declare a class for each field as facts do', () => {
    class Bare {
      @IsString() note: string;
    }
    expect(() => catalogue({ ...books, remarks: { Noted: { version: 1, data: Bare } } }, {})).toThrow(/Noted.note has no disclosure class/);
  });
});
