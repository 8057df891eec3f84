import { IsIn, IsInt, IsObject, IsOptional, IsString, Min } from 'class-validator';
import { IsId } from './ids.js';
import { Linked, Personal } from './disclosure.js';
import type { Actor, ProtocolRef, Reason, Source } from './envelope.js';
import type { Occurred } from './occurred.js';

/*
 * A correction is a fact about a fact. It always names the original entry; the latest amendment wins; a void is final.
 * ICH E6(R3) 4.2.4: attributed, justified, timely, and the former value stays readable.
 */

export const voidReasons = ['entered-in-error', 'wrong-participant', 'duplicate'] as const;
export type VoidReason = (typeof voidReasons)[number];

export class EntryAmended {
  @Linked() @IsId() entry: string;
  /** The type of the amended entry, and the version `data` is written in. */
  @Linked() @IsString() type: string;
  @Linked() @IsInt() @Min(1) version: number;
  /** The whole new value; its fields keep the classes that `type` gives them. */
  @Personal() @IsObject() data: object;
  @Linked() @IsObject() occurred: Occurred;
}

export class EntryVoided {
  @Linked() @IsId() entry: string;
  @Linked() @IsIn(voidReasons) why: VoidReason;
}

/** What travels to the participant an entry is given to, since the other's key cannot open it there. */
export interface Carried {
  readonly type: string;
  readonly version: number;
  readonly data: object;
  readonly occurred: Occurred;
  readonly actor: Actor;
  /** When, how and why it was first recorded, and under which protocol version: so that nothing about it is judged anew. */
  readonly recordedAt?: string;
  readonly source?: Source;
  readonly reason?: Reason;
  readonly protocol?: ProtocolRef;
}

export class EntryReattributed {
  @Linked() @IsId() entry: string;
  @Linked() @IsId() from: string;
  @Linked() @IsId() to: string;
  /** On the receiving participant's stream only. */
  @Personal() @IsOptional() @IsObject() carried?: Carried;
}

export type CorrectionFact =
  | { readonly type: 'EntryAmended'; readonly data: EntryAmended }
  | { readonly type: 'EntryVoided'; readonly data: EntryVoided }
  | { readonly type: 'EntryReattributed'; readonly data: EntryReattributed };

export const correctionTypes: readonly CorrectionFact['type'][] = ['EntryAmended', 'EntryVoided', 'EntryReattributed'];

export function isCorrection(type: string): type is CorrectionFact['type'] {
  return (correctionTypes as readonly string[]).includes(type);
}
