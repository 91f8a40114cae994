import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { recordingMetrics } from '../../../test/support/silent.js';
import { type ConnectionLimits, Connections } from './connections.js';

function listening(limits: ConnectionLimits) {
  const metrics = recordingMetrics();
  const connections = new Connections('rest', () => limits, metrics);
  const come = (remoteAddress: string) => {
    const socket = Object.assign(new EventEmitter(), { remoteAddress, isOpen: true, destroy: () => {} });
    socket.destroy = () => {
      socket.isOpen = false;
    };
    connections.admit(socket);
    return socket;
  };
  const refused = (why: 'all' | 'address') =>
    metrics.value('parley_connections_refused_total', { listener: 'rest', why });
  const open = () => metrics.value('parley_connections', { listener: 'rest' });
  return { come, refused, open, cut: () => connections.cut() };
}

describe('connections', () => {
  it('are so many in all, and another when one has closed', () => {
    const { come, refused, open } = listening({ max: 2, perAddressMax: 0 });
    const [first] = [come('192.0.2.1'), come('192.0.2.2')];
    expect(come('192.0.2.3').isOpen).toBe(false);
    expect([open(), refused('all'), refused('address')]).toEqual([2, 1, 0]);
    first.emit('close');
    expect(come('192.0.2.3').isOpen).toBe(true);
    expect(open()).toBe(2);
  });

  it('are so many of one address, and of one customer in IPv6', () => {
    const { come, refused, open } = listening({ max: 0, perAddressMax: 1 });
    const opened = (...addresses: readonly string[]) => addresses.map((address) => come(address).isOpen);
    expect(opened('192.0.2.1', '::ffff:192.0.2.1', '192.0.2.2')).toEqual([true, false, true]);
    expect(opened('2001:db8::1', '2001:db8::2', '2001:db8:0:1::1')).toEqual([true, false, true]);
    expect([open(), refused('address')]).toEqual([4, 2]);
  });

  it('are cut, all of them, and it is known when that is done', async () => {
    const { come, open, cut } = listening({ max: 0, perAddressMax: 0 });
    const sockets = [come('192.0.2.1'), come('192.0.2.2')];
    const done = cut();
    expect(sockets.map(({ isOpen }) => isOpen)).toEqual([false, false]);
    for (const socket of sockets) socket.emit('close');
    await done;
    expect(open()).toBe(0);
  });
});
