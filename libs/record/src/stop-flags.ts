/** On the day from which contact was no longer consented to, or of the death, or after it. */
export type StopFlag = 'after-withdrawal' | 'after-death';

/** Local dates from which nobody is to be contacted, whenever they became known. */
export interface Stops {
  readonly contactWithdrawn?: string | undefined;
  readonly diedOn?: string | undefined;
}

/** Of what is dated on one of these local dates, as far as they are known. */
export function stopFlags(dates: readonly (string | null | undefined)[], { contactWithdrawn, diedOn }: Stops): StopFlag[] {
  const since = (stop: string | undefined) => stop !== undefined && dates.some((date) => date && date >= stop);
  return [...(since(contactWithdrawn) ? ['after-withdrawal' as const] : []), ...(since(diedOn) ? ['after-death' as const] : [])];
}
