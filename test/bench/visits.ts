import { randomUUID } from 'node:crypto';
import { attendance } from '@cairn/record/support/examples.js';
import type { Client } from './client.js';

/** As many as a course has. */
const SESSIONS = 10;

/** Visits as they come to a service that looks after so many people at a time: one to each of them in turn, ten in all, and then others take their place. */
export class Visits {
  private readonly answers: string[] = [];
  private made = 0;

  /** @param participants who have a worker and no visit yet; where there are no more of them, the first have further courses */
  constructor(
    private readonly participants: readonly string[],
    private readonly atOnce: number,
  ) {}

  /** Records the next one. */
  async record(client: Client): Promise<void> {
    const { participants, atOnce } = this;
    const nth = this.made++;
    const course = Math.floor(nth / (atOnce * SESSIONS));
    const person = course * atOnce + (nth % atOnce);
    const earlier = SESSIONS * Math.floor(person / participants.length) + Math.floor((nth % (atOnce * SESSIONS)) / atOnce);
    this.answers.push(await client.send('PUT', `/v1/participants/${participants[person % participants.length]}/sessions/${randomUUID()}/attendance`, visitAfter(earlier)));
  }

  /** The events that Cairn has acknowledged. */
  get receipts(): string[] {
    return this.answers.flatMap((answer) => (JSON.parse(answer) as { events: string[] }).events);
  }
}

/** One a day: two on one day would be looked into as possible duplicates. Winter days, whose offset needs no thought. */
function visitAfter(earlier: number): string {
  const day = new Date(Date.UTC(2025 - Math.floor(earlier / 110), 10, 1 + (earlier % 110))).toISOString().slice(0, 10);
  return JSON.stringify({ ...attendance, occurred: { at: `${day}T14:00:00+00:00` } });
}
