/** What others have recorded of a network: RTP as it came, and when. */
import { readFileSync } from 'node:fs';
import { monotonicNowMs } from '../../src/cli/caller/monotonic.js';

export type Captured = {
  /** Since the first of them. */
  readonly atMs: number;
  readonly datagram: Buffer;
};

const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
const ethernetBytes = 14;
const udpBytes = 8;

/** The UDP datagrams of a little-endian pcap file with microseconds, over IPv4 and Ethernet; throws for any other. */
export function readCapture(file: string): readonly Captured[] {
  const bytes = readFileSync(file);
  const linkType = bytes.readUInt32LE(20);
  if (bytes.readUInt32LE(0) !== 0xa1b2_c3d4 || linkType !== 1) throw new Error(`${file} is no such capture`);
  const captured: { readonly ms: number; readonly datagram: Buffer }[] = [];
  for (let at = fileHeaderBytes; at < bytes.length; ) {
    const ms = bytes.readUInt32LE(at) * 1000 + bytes.readUInt32LE(at + 4) / 1000;
    const length = bytes.readUInt32LE(at + 8);
    const packet = bytes.subarray(at + recordHeaderBytes + ethernetBytes, at + recordHeaderBytes + length);
    const udpAt = (packet.readUInt8(0) & 15) * 4;
    captured.push({ ms, datagram: packet.subarray(udpAt + udpBytes, udpAt + packet.readUInt16BE(udpAt + 4)) });
    at += recordHeaderBytes + length;
  }
  const [first] = captured;
  return captured.map(({ ms, datagram }) => ({ atMs: ms - (first?.ms ?? 0), datagram }));
}

/** Sends what was captured at the pace at which it came; resolves `ms` after the first. */
export function replay(captured: readonly Captured[], ms: number, send: (datagram: Buffer) => void): Promise<void> {
  const startedMs = monotonicNowMs();
  let next = 0;
  return new Promise((resolve) => {
    const turn = (): void => {
      const sinceMs = monotonicNowMs() - startedMs;
      for (let due = captured[next]; due !== undefined && due.atMs <= sinceMs; due = captured[++next]) {
        send(due.datagram);
      }
      if (sinceMs < ms) setTimeout(turn, 1);
      else resolve();
    };
    turn();
  });
}
