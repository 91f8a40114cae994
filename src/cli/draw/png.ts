/** Paints a scene into pixels and packs them as PNG (RFC 2083): 8-bit RGB, no interlace. */
import { deflateSync } from 'node:zlib';
import { glyphColumns, glyphDot, glyphRows } from './glyphs.js';
import type { Ink, Scene, Shape } from './scene.js';

const bytesPerPixel = 3;

type Canvas = { readonly width: number; readonly height: number; readonly pixels: Uint8Array };

function fill(canvas: Canvas, x: number, y: number, width: number, height: number, ink: Ink): void {
  const rgb = Number.parseInt(ink.slice(1), 16);
  const [left, top] = [Math.max(0, Math.round(x)), Math.max(0, Math.round(y))];
  const right = Math.min(canvas.width, Math.round(x + width));
  const bottom = Math.min(canvas.height, Math.round(y + height));
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = (row * canvas.width + column) * bytesPerPixel;
      canvas.pixels[at] = rgb >> 16;
      canvas.pixels[at + 1] = (rgb >> 8) & 0xff;
      canvas.pixels[at + 2] = rgb & 0xff;
    }
  }
}

/** Dots grow in whole pixels, so that they stay square. */
const dotOf = (size: number): number => Math.max(1, Math.round(size / glyphRows));

/** Width of a text of `size`, pixels, the gap after its last letter included. */
export const textWidth = (text: string, size: number): number => [...text].length * (glyphColumns + 1) * dotOf(size);

/** `y` is the baseline. */
function write(canvas: Canvas, { x, y, size, text, ink }: Extract<Shape, { kind: 'text' }>): void {
  const dot = dotOf(size);
  [...text].forEach((character, index) => {
    for (let row = 0; row < glyphRows; row++) {
      for (let column = 0; column < glyphColumns; column++) {
        if (!glyphDot(character, row, column)) continue;
        const left = x + (index * (glyphColumns + 1) + column) * dot;
        fill(canvas, left, y - (glyphRows - row) * dot, dot, dot, ink);
      }
    }
  });
}

function paint(canvas: Canvas, shape: Shape): void {
  switch (shape.kind) {
    case 'box':
      fill(canvas, shape.x, shape.y, shape.width, shape.height, shape.ink);
      return;
    case 'text':
      write(canvas, shape);
      return;
    case 'wave':
      shape.columns.forEach(({ peak, ink }, column) => {
        const reach = Math.max(0.5, peak * shape.halfHeight);
        fill(canvas, shape.x + column, shape.y - reach, 1, reach * 2, ink);
      });
      return;
  }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function chunk(name: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(name, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, data.length + 8)), data.length + 8);
  return bytes;
}

export function pngBytes(scene: Scene): Uint8Array {
  const { width, height } = scene;
  const canvas: Canvas = { width, height, pixels: new Uint8Array(width * height * bytesPerPixel) };
  fill(canvas, 0, 0, width, height, scene.background);
  for (const shape of scene.shapes) paint(canvas, shape);

  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  // Each row begins with the number of its filter; 0 is none.
  const stride = width * bytesPerPixel;
  const rows = Buffer.alloc(height * (stride + 1));
  for (let row = 0; row < height; row++) {
    rows.set(canvas.pixels.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  }
  const signature = Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ]);
}
