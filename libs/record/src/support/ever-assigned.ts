import type { Decider } from '@cairn/kernel/decider.js';
import { supportEvents, type SupportEvent } from './events.js';

/** Everybody who ever had the participant, whoever has them now. Decides nothing. */
export const everAssigned: Decider<readonly string[], never, SupportEvent> = {
  events: supportEvents,
  initial: [],
  decide: () => [],
  evolve: (had, { type, data }) => (type === 'WorkerAssigned' ? [...had, data.worker] : had),
};
