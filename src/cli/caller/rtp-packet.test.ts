import { describe, expect, it } from 'vitest';
import { readRtp, writeRtp } from './rtp-packet.js';

const packet = {
  payloadType: 8,
  marker: true,
  sequence: 65_535,
  timestamp: 0xffff_ff00,
  ssrc: 0xdead_beef,
  payload: Uint8Array.of(1, 2, 3, 4),
};

describe('readRtp', () => {
  it('reads what writeRtp wrote', () => {
    expect(readRtp(writeRtp(packet))).toEqual(packet);
  });

  it('finds the payload behind contributing sources, an extension and padding', () => {
    const plain = writeRtp({ ...packet, payload: new Uint8Array() });
    const bytes = Uint8Array.of(...plain, 0, 0, 0, 9, 0xbe, 0xde, 0, 1, 0, 0, 0, 0, 7, 8, 0, 2);
    bytes[0] = 0x80 | 0x20 | 0x10 | 1;
    expect(readRtp(bytes)?.payload).toEqual(Uint8Array.of(7, 8));
  });

  it.each([
    ['nothing', Uint8Array.of()],
    ['another version', writeRtp(packet).map((byte, index) => (index === 0 ? 0x40 : byte))],
    ['RTCP', writeRtp(packet).map((byte, index) => (index === 1 ? 200 : byte))],
    ['an extension cut short', writeRtp({ ...packet, payload: Uint8Array.of(0, 0) }).fill(0x90, 0, 1)],
    ['more padding than packet', writeRtp({ ...packet, payload: Uint8Array.of(99) }).fill(0xa0, 0, 1)],
  ])('refuses %s', (_, bytes) => {
    expect(readRtp(bytes)).toBeNull();
  });
});
