import * as example from '@cairn/record/programme/examples.js';
import { FORMAT, type RecordFile } from '../record/format.js';
import { crowd } from './crowd.js';
import { journey } from './journey.js';

/** The demonstration as a record file: what "cairn record" would be given. */
export const demoFile: RecordFile = {
  format: FORMAT,
  namespace: 'cairn-demonstration-1',
  zone: 'Europe/London',
  people: {
    david: { role: 'investigator', subject: 'investigator', sites: ['s1', 's2'] },
    leila: { role: 'researcher', subject: 'researcher-s1', sites: ['s1'] },
    priya: { role: 'clinician', subject: 'clinician-s1', sites: ['s1'] },
    helen: { role: 'supervisor', subject: 'supervisor-s1', sites: ['s1'] },
    amina: { role: 'worker', subject: 'w1', sites: ['s1'], staff: 'w1' },
  },
  because: { code: 'brought-in', text: 'Brought in by the demonstration.' },
  lines: [
    { as: 'david', do: 'programme', programme: 'core', facts: example.programme },
    { as: 'david', do: 'protocol', programme: 'core', version: '1', facts: example.protocol },
    { as: 'david', do: 'workbook-version', programme: 'core', version: '1', facts: example.workbook },
    { as: 'david', do: 'site', programme: 'core', site: 's1', facts: example.site },
    ...journey,
    ...crowd,
  ],
};
