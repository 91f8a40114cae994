import { describe, expect, it } from 'vitest';
import { parseWavHeader } from '../../sound/pcm-header.js';
import { wavHeader, wavHeaderBytes } from './wav-header.js';

describe('wavHeader', () => {
  it.each([
    [8000, 1, 0],
    [16_000, 1, 640],
    [48_000, 2, 3840],
    [48_000, 2, 0xffff_ffff - 79 - ((0xffff_ffff - 79) % 4)],
    [48_000, 2, 0x1_8000_0000],
  ])('of %i Hz and %i channels with %i bytes is read as such', (rateHz, channels, dataBytes) => {
    const header = wavHeader(rateHz, channels, dataBytes);
    expect(header).toHaveLength(wavHeaderBytes);
    const isLarge = dataBytes + 72 > 0xffff_ffff;
    expect(Buffer.from(header).toString('latin1', 0, 4)).toBe(isLarge ? 'RF64' : 'RIFF');
    expect(parseWavHeader(header)).toMatchObject({
      kind: 'pcm',
      layout: { encoding: 's16', channels, rateHz, littleEndian: true },
      dataOffset: wavHeaderBytes,
    });
    const view = new DataView(header.buffer);
    expect(isLarge ? Number(view.getBigUint64(28, true)) : view.getUint32(76, true)).toBe(dataBytes);
  });
});
