/**
 * Bound sockets for RTP legs: RTP on an even port and, unless RTCP shares it (RFC 5761), RTCP on the odd one above
 * (RFC 3550 §11). The pair that has been free longest is used next, so that packets of a finished call find nobody.
 */
import { assert } from '../../base/assert.js';

/** What is needed of the addon. Descriptors are 0 or more; a negative number is an errno. */
export type UdpSockets = {
  bindUdp(address: string, port: number, receiveBufferBytes: number): number;
  udpPort(descriptor: number): number;
  closeUdp(descriptor: number): void;
};

export type PortRange = {
  /** Even. 0 with `last` 0 lets the kernel choose. */
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
};

export type RtpSocketPair = {
  readonly port: number;
  readonly rtp: number;
  /** Null when RTCP shares the RTP socket. */
  readonly rtcp: number | null;
};

export interface RtpSockets {
  /** Null when no pair could be bound. */
  open(rtcpMux: boolean): RtpSocketPair | null;
  close(pair: RtpSocketPair): void;
}

/** Pairs tried before a leg is refused: some ports of the range may belong to others. */
const attemptsMax = 64;

/** 20 ms packets of 200 bytes and the kernel's own bookkeeping, for about a second. */
export const receiveBufferBytes = 256 * 1024;

export function createRtpSockets(udp: UdpSockets, address: string, range: PortRange): RtpSockets {
  assert(range.first % 2 === 0, 'RTP ports are even');
  const chosenByKernel = range.first === 0;
  const pairs = Math.floor((range.last - range.first + 1) / 2);
  const free = chosenByKernel ? [] : Array.from({ length: pairs }, (_, index) => range.first + index * 2);

  const bindPair = (port: number, rtcpMux: boolean): RtpSocketPair | null => {
    const rtp = udp.bindUdp(address, port, receiveBufferBytes);
    if (rtp < 0) return null;
    const bound = udp.udpPort(rtp);
    if (rtcpMux) return { port: bound, rtp, rtcp: null };
    const rtcp = bound % 2 === 0 ? udp.bindUdp(address, bound + 1, receiveBufferBytes) : -1;
    if (rtcp >= 0) return { port: bound, rtp, rtcp };
    udp.closeUdp(rtp);
    return null;
  };

  return {
    open(rtcpMux) {
      for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
        const port = chosenByKernel ? 0 : free.shift();
        if (port === undefined) return null;
        const pair = bindPair(port, rtcpMux);
        if (pair !== null) return pair;
        if (!chosenByKernel) free.push(port);
      }
      return null;
    },
    close(pair) {
      udp.closeUdp(pair.rtp);
      if (pair.rtcp !== null) udp.closeUdp(pair.rtcp);
      if (!chosenByKernel) free.push(pair.port);
    },
  };
}
