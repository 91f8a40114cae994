import { describe, expect, it } from 'vitest';
import { createRtpSockets, type UdpSockets } from './rtp-sockets.js';

const addressInUse = -98;

/** A kernel with ports that are taken already, and ports it chooses itself. */
function fakeUdp(occupied: readonly number[] = [], chosen: readonly number[] = []) {
  const bound = new Map<number, number>();
  const choices = [...chosen];
  let descriptors = 10;
  const udp: UdpSockets = {
    bindUdp(_address, port) {
      const actual = port === 0 ? (choices.shift() ?? 0) : port;
      if (occupied.includes(actual) || [...bound.values()].includes(actual)) return addressInUse;
      descriptors += 1;
      bound.set(descriptors, actual);
      return descriptors;
    },
    udpPort: (descriptor) => bound.get(descriptor) ?? -1,
    closeUdp: (descriptor) => {
      if (!bound.delete(descriptor)) throw new Error('not open');
    },
  };
  return { udp, ports: () => [...bound.values()].sort() };
}

describe('createRtpSockets', () => {
  it('binds RTP to an even port and RTCP to the next', () => {
    const { udp, ports } = fakeUdp();
    const pair = createRtpSockets(udp, '127.0.0.1', { first: 20_000, last: 20_009 }).open(false);
    expect(pair?.port).toBe(20_000);
    expect(ports()).toEqual([20_000, 20_001]);
  });

  it('binds one socket when RTCP shares it', () => {
    const { udp, ports } = fakeUdp();
    const pair = createRtpSockets(udp, '127.0.0.1', { first: 20_000, last: 20_009 }).open(true);
    expect(pair).toMatchObject({ port: 20_000, rtcp: null });
    expect(ports()).toEqual([20_000]);
  });

  it('passes over pairs of which one port belongs to somebody else', () => {
    const { udp, ports } = fakeUdp([20_000, 20_003]);
    expect(createRtpSockets(udp, '127.0.0.1', { first: 20_000, last: 20_009 }).open(false)?.port).toBe(20_004);
    expect(ports()).toEqual([20_004, 20_005]);
  });

  it('uses the pair that has been free longest, and none when all are taken', () => {
    const { udp } = fakeUdp();
    const sockets = createRtpSockets(udp, '127.0.0.1', { first: 20_000, last: 20_003 });
    const [first, second] = [sockets.open(false), sockets.open(false)];
    expect(sockets.open(false)).toBeNull();
    if (first === null || second === null) return expect.fail('two pairs were free');
    sockets.close(second);
    sockets.close(first);
    expect(sockets.open(false)?.port).toBe(second.port);
    expect(sockets.open(false)?.port).toBe(first.port);
  });

  it('lets the kernel choose until the port is even and the next one free', () => {
    const { udp, ports } = fakeUdp([4001], [4111, 4000, 4200]);
    expect(createRtpSockets(udp, '127.0.0.1', { first: 0, last: 0 }).open(false)?.port).toBe(4200);
    expect(ports()).toEqual([4200, 4201]);
  });
});
