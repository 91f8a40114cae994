/** What grpc-js leaves to its host: how many connections there are and from where, and pings that are a flood. */
import { constants, type Http2Server } from 'node:http2';
import type { Socket } from 'node:net';
import { Allowance } from '../../app/allowance.js';
import type { Metrics } from '../../app/metrics.js';
import type { Connections } from '../../app/requests/connections.js';
import type { Clock } from '../../base/ports.js';

/**
 * Of one connection. Clients measure the line with a ping for each time that data comes, so that a media stream brings
 * fifty a second.
 */
export const pingsAllowed = { perSecond: 100, burst: 500 };

export type GuardParts = {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly metrics: Metrics;
  readonly connections: Connections;
};

export function guardConnections(server: Http2Server, { clock, metrics, connections }: GuardParts): void {
  server.on('connection', (socket: Socket) => connections.admit(socket));
  server.on('session', (session) => {
    const pings = new Allowance(clock, () => pingsAllowed);
    session.on('ping', () => {
      if (session.destroyed || pings.take('all') === 0) return;
      metrics.count('parley_connections_cut_total', { why: 'pings' });
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
      session.destroy();
    });
  });
}
