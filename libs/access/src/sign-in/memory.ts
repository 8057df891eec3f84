import { LRUCache } from 'lru-cache';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

const MOST_KEPT = 5_000;

/** What the sign-in server remembers between two requests of one sign-in. It forgets all of it when it stops: people sign in again. */
export function memory(): AdapterFactory {
  const kept = new LRUCache<string, AdapterPayload>({ max: MOST_KEPT });
  return (model): Adapter => {
    const keyOf = (id: string) => `${model}:${id}`;
    const first = (matches: (payload: AdapterPayload) => boolean) => {
      for (const [key, payload] of kept.entries()) if (key.startsWith(`${model}:`) && matches(payload)) return payload;
      return undefined;
    };
    return {
      upsert(id, payload, expiresIn) {
        kept.set(keyOf(id), model === 'Session' ? signedOut(payload) : payload, expiresIn ? { ttl: expiresIn * 1000 } : {});
        return Promise.resolve();
      },
      find: (id) => Promise.resolve(kept.get(keyOf(id))),
      findByUid: (uid) => Promise.resolve(first((payload) => payload.uid === uid)),
      findByUserCode: (userCode) => Promise.resolve(first((payload) => payload.userCode === userCode)),
      consume(id) {
        const payload = kept.get(keyOf(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
        return Promise.resolve();
      },
      destroy(id) {
        kept.delete(keyOf(id));
        return Promise.resolve();
      },
      revokeByGrantId(grantId) {
        for (const [key, payload] of [...kept.entries()]) if (payload.grantId === grantId) kept.delete(key);
        return Promise.resolve();
      },
    };
  };
}

/** Trying several roles is what the demonstration is for: the next sign-in asks again, whoever this one was. */
function signedOut({ accountId: _account, loginTs: _since, authorizations: _given, ...session }: AdapterPayload): AdapterPayload {
  return session;
}
