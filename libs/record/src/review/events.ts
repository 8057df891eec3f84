import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { catalogue, type Catalogue, type Definitions, type FactOf, type Group } from '@cairn/kernel/catalogue.js';
import { Linked, Personal, Worker } from '@cairn/kernel/disclosure.js';
import { IsId } from '@cairn/kernel/ids.js';

/*
 * Remarks: what people and processes say about entries, on the stream the entries are on, so that whoever may not see the one does not
 * see the other. ICH E6(R3) 4.2.2, 4.2.4; 21 CFR 11.50, 11.70.
 */

export const queryTopics = ['data', 'possible-duplicate', 'reassignment', 'attestation', 'planning', 'consent', 'other'] as const;
export type QueryTopic = (typeof queryTopics)[number];
export const queryRecipients = ['worker', 'supervisor', 'clinician', 'researcher', 'data-manager', 'investigator'] as const;
export const queryResolutions = ['corrected', 'confirmed', 'withdrawn', 'overtaken'] as const;
export const deviationKinds = ['without-consent', 'eligibility', 'outside-window', 'procedure', 'unblinding', 'other'] as const;
export const signatureMeanings = ['authorship', 'review', 'approval', 'responsibility'] as const;

/** A supervisor stands for an entry that came late, offline, or from somebody who has left. */
export class EntryAttested {
  @Linked() @IsId() entry: string;
}

/** A person looked: entries that seemed to be one fact told twice are two. */
class DuplicateDismissed {
  @Linked() @IsArray() @ArrayMinSize(2) @ArrayMaxSize(20) @ArrayUnique() @IsId({ each: true }) entries: string[];
}

export class QueryRaised {
  @Linked() @IsId() query: string;
  @Linked() @IsIn(queryTopics) topic: QueryTopic;
  /** Who is asked to look. */
  @Linked() @IsIn(queryRecipients) to: (typeof queryRecipients)[number];
  /** The entries it is about; none when it is about the case. */
  @Linked() @IsArray() @ArrayMaxSize(50) @ArrayUnique() @IsId({ each: true }) entries: string[];
  @Personal() @IsOptional() @IsString() @IsNotEmpty() @MaxLength(2000) text?: string;
}

export class QueryAnswered {
  @Linked() @IsId() query: string;
  @Personal() @IsString() @IsNotEmpty() @MaxLength(2000) text: string;
}

export class QueryClosed {
  @Linked() @IsId() query: string;
  @Linked() @IsIn(queryResolutions) resolution: (typeof queryResolutions)[number];
}

/** Something was not done as the protocol has it. What it is about stays recorded. */
export class ProtocolDeviationRecorded {
  @Linked() @IsId() deviation: string;
  @Linked() @IsIn(deviationKinds) kind: (typeof deviationKinds)[number];
  @Linked() @IsOptional() @IsId() entry?: string;
  @Personal() @IsOptional() @IsString() @IsNotEmpty() @MaxLength(2000) text?: string;
}

/** The signer and the time are the envelope's. It falls when what it signs is changed. */
export class DataSigned {
  @Linked() @IsId() signature: string;
  @Linked() @IsIn(signatureMeanings) meaning: (typeof signatureMeanings)[number];
  @Linked() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(500) @ArrayUnique() @IsId({ each: true }) entries: string[];
  /** SHA-256 of the entries as they stood, in hexadecimal: what binds the signature to its record. Guesses at what is withheld could be tried on it. */
  @Worker() @Matches(/^[0-9a-f]{64}$/) digest: string;
  /** The signer's name as printed. */
  @Worker() @IsString() @IsNotEmpty() @MaxLength(255) name: string;
}

export class SignatureDropped {
  @Linked() @IsId() signature: string;
  /** The signed entry that was changed. */
  @Linked() @IsId() entry: string;
}

/** What every participant's stream takes beside its own facts. */
export const remarks = {
  EntryAttested: { version: 1, data: EntryAttested, fixed: ['entry'] },
  DuplicateDismissed: { version: 1, data: DuplicateDismissed, fixed: ['entries'] },
  QueryRaised: { version: 1, data: QueryRaised, fixed: ['query'] },
  QueryAnswered: { version: 1, data: QueryAnswered, fixed: ['query'] },
  QueryClosed: { version: 1, data: QueryClosed, fixed: ['query'] },
  ProtocolDeviationRecorded: { version: 1, data: ProtocolDeviationRecorded, fixed: ['deviation'] },
  DataSigned: { version: 1, data: DataSigned, fixed: ['signature', 'meaning', 'entries', 'digest', 'name'], permanent: true },
  SignatureDropped: { version: 1, data: SignatureDropped, fixed: ['signature', 'entry'], permanent: true },
} as const satisfies Definitions;

/** The remarks of a participant's streams of one kind, as a catalogue of their own. */
export function remarksOn({ stream, about, reveals }: Group): Catalogue<typeof remarks> {
  return catalogue({ stream, about, ...(reveals && { reveals }) }, remarks);
}
export type Remark = FactOf<Catalogue<typeof remarks>>;
