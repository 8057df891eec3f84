import type { ClientBase } from 'pg';

/** The socket of a client, which its types leave out. */
function socketOf(client: ClientBase): { cork(): void; uncork(): void; destroy(): void } {
  return (client as unknown as { readonly connection: { readonly stream: ReturnType<typeof socketOf> } }).connection.stream;
}

/** Sends all that `work` asks of a client in one write, as far as it need not wait: it costs less to wake the server once than once a question. */
export function inOneWrite<T>(client: ClientBase, work: () => T): T {
  const socket = socketOf(client);
  socket.cork();
  try {
    return work();
  } finally {
    socket.uncork();
  }
}

/** Fails whatever a client waits for, at once. To end it would be to wait as well: what is sent already may yet be answered. */
export function cutOff(client: ClientBase): void {
  socketOf(client).destroy();
}
