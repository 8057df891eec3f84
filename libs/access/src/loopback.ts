import { isIPv4 } from 'node:net';

/** Whether a host name, as in a URL or a listen address, can only mean this very machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}
