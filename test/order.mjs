import Sequencer from '@jest/test-sequencer';

/** Whole processes first, among them as Jest has it: they take longest, and what is begun last should be short. */
export default class extends Sequencer {
  sort(tests) {
    const whole = ({ path }) => path.startsWith(import.meta.dirname);
    const sorted = super.sort(tests);
    return [...sorted.filter(whole), ...sorted.filter((test) => !whole(test))];
  }
}
