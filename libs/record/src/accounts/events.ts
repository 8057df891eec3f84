import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { catalogue, type FactOf } from '@cairn/kernel/catalogue.js';
import { Linked, Worker } from '@cairn/kernel/disclosure.js';
import { IsId } from '@cairn/kernel/ids.js';
import { IsInstant } from '@cairn/kernel/instant.js';
import { slug, slugForm } from '../programme/events.js';
import { staffId, staffIdForm } from '../staff/events.js';

class OfAccount {
  /** The subject of its tokens, as the sign-in service writes it; the stream has it in a form that is safe in names. */
  @Worker() @IsString() @IsNotEmpty() @MaxLength(255) account: string;
}

/** Access given, as the sign-in service is to carry it out. It also ends a revocation. */
export class AccessGranted extends OfAccount {
  @Linked() @IsId() grant: string;
  @Linked() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(13) @ArrayUnique() @Matches(slug, { each: true, message: slugForm }) roles: string[];
  @Linked() @IsArray() @ArrayMaxSize(200) @ArrayUnique() @Matches(slug, { each: true, message: slugForm }) sites: string[];
  @Worker() @IsOptional() @Matches(staffId, { message: staffIdForm }) staff?: string;
  /** The instant at which it ends by itself. */
  @Linked() @IsOptional() @IsInstant() until?: string;
  /** What for, such as source-data-verification. */
  @Linked() @Matches(slug, { message: slugForm }) purpose: string;
}

export class AccessRevoked extends OfAccount {
  /** Such as left, role-ended, suspected-misuse. */
  @Linked() @Matches(slug, { message: slugForm }) reason: string;
}

export const accountEvents = catalogue(
  { stream: 'account', about: 'account' },
  { AccessGranted: { version: 1, data: AccessGranted }, AccessRevoked: { version: 1, data: AccessRevoked } },
);
export type AccountEvent = FactOf<typeof accountEvents>;
