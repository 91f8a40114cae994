import { describe, expect, it } from 'vitest';
import { ClipWriter, clipSamplesMax, streamClip, streamSamplesMin, wholeClip, withdrawClip } from './clip-memory.js';
import { clipHead, clipMagic, layoutVersion } from './engine-layout.js';
import { placeBlock } from './engine-layout-offsets.js';

const head = placeBlock(clipHead);

/** A word of the head, by the layout alone. */
function word(memory: SharedArrayBuffer, name: string, value?: number): number | undefined {
  const offset = head.fields.find((field) => field.name === name)?.offset ?? 0;
  const view = new DataView(memory);
  if (value !== undefined) view.setUint32(offset, value, true);
  return view.getUint32(offset, true);
}

const samplesOf = (memory: SharedArrayBuffer): number[] => [...new Int16Array(memory, head.bytes)];
const ramp = (from: number, count: number): Int16Array => Int16Array.from({ length: count }, (_, at) => from + at);

describe('wholeClip', () => {
  it('is written from the front until it is full', () => {
    const memory = wholeClip(5);
    const writer = new ClipWriter(memory);
    expect(word(memory, 'magic')).toBe(clipMagic);
    expect(word(memory, 'version')).toBe(layoutVersion);
    expect(word(memory, 'capacity_samples')).toBe(5);
    expect(writer.room()).toBe(5);
    expect(writer.write(ramp(1, 3))).toBe(3);
    expect(word(memory, 'written')).toBe(3);
    expect(writer.write(ramp(4, 3))).toBe(2);
    expect(writer.write(ramp(6, 1))).toBe(0);
    expect(samplesOf(memory)).toEqual([1, 2, 3, 4, 5]);
  });

  it('ends once, and takes nothing more', () => {
    const memory = wholeClip(5);
    const writer = new ClipWriter(memory);
    expect(writer.hasEnded()).toBe(false);
    writer.end();
    expect(writer.hasEnded()).toBe(true);
    expect(word(memory, 'ended')).toBe(1);
    expect(() => writer.write(ramp(1, 1))).toThrow('nothing follows the end');
  });

  it('tells its writer that nobody wants it any more', () => {
    const memory = wholeClip(5);
    const writer = new ClipWriter(memory);
    expect(writer.isWithdrawn()).toBe(false);
    withdrawClip(memory);
    expect(writer.isWithdrawn()).toBe(true);
  });

  it('is bounded', () => {
    expect(() => wholeClip(clipSamplesMax + 1)).toThrow('bounded');
    expect(() => wholeClip(-1)).toThrow('counted');
    expect(() => wholeClip(0.5)).toThrow('counted');
    expect(new ClipWriter(wholeClip(0)).room()).toBe(0);
  });

  it('goes on where another writer left it', () => {
    const memory = wholeClip(4);
    new ClipWriter(memory).write(ramp(1, 2));
    new ClipWriter(memory).write(ramp(3, 2));
    expect(samplesOf(memory)).toEqual([1, 2, 3, 4]);
  });
});

describe('streamClip', () => {
  it('takes as much again as has been played, around its end', () => {
    const memory = streamClip(streamSamplesMin);
    const writer = new ClipWriter(memory);
    expect(writer.write(new Int16Array(5000))).toBe(4096);
    expect(writer.room()).toBe(0);
    word(memory, 'read', 10);
    expect(writer.room()).toBe(10);
    expect(writer.write(ramp(1, 4))).toBe(4);
    expect(writer.write(ramp(5, 20))).toBe(6);
    expect(samplesOf(memory).slice(0, 12)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0]);
  });

  it('counts on beyond 2^32 samples', () => {
    const memory = streamClip(streamSamplesMin);
    for (const name of ['written', 'read']) word(memory, name, 0xffff_fffe);
    const writer = new ClipWriter(memory);
    expect(writer.room()).toBe(4096);
    expect(writer.write(ramp(1, 5))).toBe(5);
    expect(word(memory, 'written')).toBe(3);
    expect(writer.room()).toBe(4091);
    expect(samplesOf(memory).slice(0, 3)).toEqual([3, 4, 5]);
    expect(samplesOf(memory).slice(-2)).toEqual([1, 2]);
  });

  it('is a power of two that holds some frames', () => {
    expect(() => streamClip(5000)).toThrow('power of two');
    expect(() => streamClip(2048)).toThrow('a few frames');
  });
});
