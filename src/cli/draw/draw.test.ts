import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pngBytes } from './png.js';
import type { Scene } from './scene.js';
import { svgText } from './svg.js';

const scene: Scene = {
  width: 20,
  height: 12,
  background: '#ffffff',
  shapes: [
    { kind: 'box', x: 2, y: 1, width: 3, height: 2, ink: '#ff0000' },
    {
      kind: 'wave',
      x: 10,
      y: 6,
      halfHeight: 4,
      columns: [
        { peak: 1, ink: '#00ff00' },
        { peak: 0, ink: '#0000ff' },
      ],
    },
    { kind: 'text', x: 0, y: 12, size: 7, text: 'I', ink: '#123456' },
  ],
};

/** What a PNG reader sees: the pixels behind the one IDAT chunk. */
function pixelAt(x: number, y: number): string {
  const bytes = Buffer.from(pngBytes(scene));
  const at = bytes.indexOf('IDAT');
  const rows = inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)));
  const start = y * (scene.width * 3 + 1) + 1 + x * 3;
  return rows.subarray(start, start + 3).toString('hex');
}

describe('pngBytes', () => {
  it('says its size and closes its chunks with the right checksum', () => {
    const bytes = Buffer.from(pngBytes(scene));
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([20, 12]);
    // The end chunk is the same in every PNG file.
    expect(bytes.subarray(-12).toString('hex')).toBe('0000000049454e44ae426082');
  });

  it('paints boxes, bars and letters where they belong', () => {
    expect([pixelAt(1, 1), pixelAt(2, 1), pixelAt(4, 2), pixelAt(5, 2)]).toEqual([
      'ffffff',
      'ff0000',
      'ff0000',
      'ffffff',
    ]);
    expect([pixelAt(10, 2), pixelAt(10, 9), pixelAt(11, 2)]).toEqual(['00ff00', '00ff00', 'ffffff']);
    expect([pixelAt(2, 8), pixelAt(0, 8), pixelAt(1, 5)]).toEqual(['123456', 'ffffff', '123456']);
  });
});

describe('svgText', () => {
  it('keeps every text and gathers bars by ink', () => {
    const text = svgText({
      ...scene,
      shapes: [...scene.shapes, { kind: 'text', x: 0, y: 9, size: 7, text: '<&>', ink: '#000000' }],
    });
    expect(text).toContain('&lt;&amp;&gt;');
    expect(text.match(/<path stroke="#00ff00" d="M10\.5 2v8"\/>/)).not.toBeNull();
  });
});
