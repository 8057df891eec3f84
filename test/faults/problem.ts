import { expect } from '@jest/globals';
import type { Answer, Problem } from './record.js';

/** What no answer may hold: where the program lies, how it got there, what it asked the database. */
const insides = /\bat \S+ \(|\.[jt]s:\d+|node_modules|\/(root|home|tmp|work|usr)\/|\b(select|insert|update|delete)\b[^"]* (from|into|set|where)\b|SQLSTATE|QueryFailed|TypeError|invalid byte sequence/i;

/** The answer is a problem of RFC 9457 with this status and code, and tells nothing of the insides. */
export async function expectProblem(answering: Promise<Answer>, status: number, code: string): Promise<Problem> {
  const answer = await answering;
  expect({ status: answer.status, text: answer.text }).toEqual({ status, text: expect.stringContaining(`"code":"${code}"`) });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = answer.json() as Problem;
  const text = expect.stringMatching(/\S/);
  expect(problem).toEqual({ type: `urn:cairn:problem:${code}`, title: text, status, code, detail: text, requestId: text, ...(problem.errors && { errors: expect.any(Array) }) });
  expect(answer.text).not.toMatch(insides);
  return problem;
}

/** The request was refused as invalid, and these are the fields at fault. */
export async function expectFaults(answering: Promise<Answer>, ...fields: string[]): Promise<void> {
  const { errors = [] } = await expectProblem(answering, 400, 'invalid');
  expect([...new Set(errors.map(({ field }) => field))].sort()).toEqual([...fields].sort());
  for (const { message } of errors) expect(message).toMatch(/\S/);
}
