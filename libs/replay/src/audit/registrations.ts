import { Inject, Injectable } from '@nestjs/common';
import { Journal } from '@cairn/journal/journal.js';
import { isMerge, mergesIn } from '@cairn/kernel/merges.js';
import { REPLAYED, type Replayed } from '../replayed.js';
import type { Cut } from './report.js';

/** Who is one person: a registration, and those merged into it at a cut. The trail itself says of each entry under which it was recorded. */
@Injectable()
export class Registrations {
  constructor(
    private readonly journal: Journal,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {}

  async of(participant: string, { position }: Cut): Promise<string[]> {
    const streams = this.replayed.aspects.filter(({ events }) => Object.keys(events.definitions).some(isMerge)).map(({ events }) => events.stream);
    const found = [participant];
    for (const kept of found) {
      const merges = mergesIn(await this.journal.upTo(streams.map((stream) => `${stream}-${kept}`), position));
      for (const [merged, into] of merges) if (into === kept && !found.includes(merged)) found.push(merged);
    }
    return found;
  }
}
