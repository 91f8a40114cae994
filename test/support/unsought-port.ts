/**
 * Ports where nobody listens, for programs that must be told beforehand where to, and for clients that are to find
 * nobody. The kernel gives them to nobody who names none: no connection and no other daemon has one by then.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** The first that the kernel gives (ip(7)). */
const firstGiven = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)[0]);

const known = new Set<number>();

/** An even one, in the upper half of those below; none comes twice. */
export function unsoughtPort(): number {
  for (;;) {
    const port = 2 * Math.floor((firstGiven / 4) * (1 + Math.random()));
    if (known.has(port)) continue;
    known.add(port);
    return port;
  }
}

/** One where nobody listens over TCP on the loopback interface. */
export async function unsoughtTcpPort(): Promise<number> {
  for (;;) {
    const port = unsoughtPort();
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
