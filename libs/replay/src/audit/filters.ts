import { IsIn, IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { Temporal } from 'temporal-polyfill';
import { roles, type Role } from '@cairn/access/roles.js';
import { IsId } from '@cairn/kernel/ids.js';
import { Invalid } from '@cairn/kernel/refused.js';

const slug = /^[a-z0-9][a-z0-9-]{0,39}$/;
const yesOrNo = ['true', 'false'];
const instant = { message: '$property must be an instant such as 2026-03-05T14:30:00Z' };

/** On the clock of the record, both inclusive. */
class Between {
  @IsOptional() @Matches(/^\d{4}-\d\d-\d\dT/, instant) @MaxLength(40) from?: string;
  @IsOptional() @Matches(/^\d{4}-\d\d-\d\dT/, instant) @MaxLength(40) until?: string;
}

export class PeopleFilter extends Between {
  /** The person's id, as their token has it. */
  @IsOptional() @IsString() @IsNotEmpty() @MaxLength(255) actor?: string;
  @IsOptional() @IsIn([...roles, 'process']) role?: Role | 'process';
  @IsOptional() @Matches(slug) programme?: string;
  @IsOptional() @Matches(slug) site?: string;
}

export class TrailFilter extends PeopleFilter {
  @IsOptional() @IsId() participant?: string;
  /** By its label, `session attended`, or by its name, `SessionAttended`. */
  @IsOptional() @Matches(/^[A-Za-z][A-Za-z ]{0,59}$/, { message: 'type must be what the trail calls it, such as session attended' }) type?: string;
  @IsOptional() @Matches(/^[a-z][a-z0-9-]{1,39}$/) reason?: string;
  @IsOptional() @IsIn(yesOrNo) late?: string;
  /** Entries that a later one corrects. */
  @IsOptional() @IsIn(yesOrNo) corrected?: string;
}

export class AccessFilter extends Between {
  /** The reader's id, as their token has it. */
  @IsOptional() @IsString() @IsNotEmpty() @MaxLength(255) actor?: string;
  @IsOptional() @IsId() participant?: string;
  /** The participants' site. */
  @IsOptional() @Matches(slug) site?: string;
}

/** The instant as the record writes them: UTC with microseconds, so that texts compare as times do. @throws Invalid */
function recordedText(field: string, text: string): string {
  try {
    return Temporal.Instant.from(text.replace(' ', '+')).toString({ smallestUnit: 'microsecond' });
  } catch {
    throw new Invalid([{ field, message: `${text} is not an RFC 3339 instant such as 2026-03-05T14:30:00Z` }]);
  }
}

/** @throws Invalid where nothing lies between the two */
export function between(from: string | undefined, until: string | undefined): { readonly from: string | undefined; readonly until: string | undefined } {
  const [first, last] = [from === undefined ? undefined : recordedText('from', from), until === undefined ? undefined : recordedText('until', until)];
  if (first !== undefined && last !== undefined && first > last) throw new Invalid([{ field: 'until', message: 'must not come before from' }]);
  return { from: first, until: last };
}
