import pg from 'pg';
import { StoreUnavailable } from '@cairn/kernel/event-store.js';

/**
 * Whether an error says nothing about the statement's outcome: the connection or its server went away. Any other comes from a
 * server that took back everything the statement did.
 */
export function isConnectionLoss(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || error.severity === 'FATAL' || error.severity === 'PANIC';
}

/** Connection, resources, object not in the state, intervention of an operator: what may pass by itself. */
const PASSING = ['08', '40', '53', '55', '57'];

export const isPassing = (error: unknown): boolean =>
  isConnectionLoss(error) || (error instanceof pg.DatabaseError && PASSING.includes(classOf(error)));

/** Data exception, integrity violation, limit exceeded: what was sent cannot be held, now or later. */
const REFUSALS = ['22', '23', '54'];

/** Whether it is what was sent that the server cannot hold. A taken position or revision is no such thing: it means a damaged counter. */
export function isRefusal(error: unknown): error is pg.DatabaseError {
  if (!(error instanceof pg.DatabaseError) || isConnectionLoss(error)) return false;
  return isHeldId(error) || (error.code !== UNIQUE_VIOLATION && REFUSALS.includes(classOf(error)));
}

const classOf = (error: pg.DatabaseError): string => error.code?.slice(0, 2) ?? '';

const UNIQUE_VIOLATION = '23505';
export const isHeldId = (error: pg.DatabaseError): boolean => error.code === UNIQUE_VIOLATION && error.constraint === 'events_id_key';

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));

export function unreachable(error: unknown): StoreUnavailable {
  return new StoreUnavailable(`The log could not be read: ${messageOf(error)}. See that PostgreSQL runs and is reachable, then ask again.`, { cause: error });
}
