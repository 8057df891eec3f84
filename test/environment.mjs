import { TestEnvironment } from 'jest-environment-node';

/** Node, in which no service outlives the spec file that started it: one left behind by a spec that failed would keep the run from ending. */
export default class extends TestEnvironment {
  async teardown() {
    await Promise.allSettled([...(this.global.cairnServices ?? [])].map((stop) => stop()));
    await super.teardown();
  }
}
