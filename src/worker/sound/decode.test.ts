import { describe, expect, it, vi } from 'vitest';
import { decoded } from '../../../test/support/decoded.js';
import { encoded, type Tone, tones } from '../../../test/support/sound-files.js';
import { measureTones } from '../../../test/support/tones.js';
import { sniff } from '../../sound/format.js';
import type { SoundEncoding } from './decoders.js';

const chord: readonly Tone[] = [
  { hz: 440, amplitude: 0.25 },
  { hz: 1000, amplitude: 0.125 },
];

/** Levels of the chord in the second half of a second, dB. */
const levels = (samples: Int16Array): readonly number[] =>
  measureTones(samples.subarray(24_000, 45_600), 48_000, [440, 1000]).map(({ levelDb }) => levelDb);

const expectChord = (samples: Int16Array): void => {
  const [low = 0, high = 0] = levels(samples);
  expect(low).toBeCloseTo(20 * Math.log10(0.25), 0);
  expect(high).toBeCloseTo(20 * Math.log10(0.125), 0);
};

type Case = readonly [
  name: string,
  rateHz: number,
  channels: number,
  output: readonly string[],
  toleranceSamples: number,
];

/**
 * `toleranceSamples`: what an encoder adds that the file does not say, for FFmpeg cannot go back in a pipe to write it.
 * An MP3 has 1105 samples before the sound and less than a frame behind it, at its own rate.
 */
const cases: readonly Case[] = [
  ['WAV of 8 bits', 8000, 1, ['-c:a', 'pcm_u8', '-f', 'wav'], 1],
  ['WAV of 16 bits', 8000, 1, ['-c:a', 'pcm_s16le', '-f', 'wav'], 1],
  ['WAV of 24 bits, stereo', 44_100, 2, ['-c:a', 'pcm_s24le', '-f', 'wav'], 1],
  ['WAV of 32 bits', 96_000, 1, ['-c:a', 'pcm_s32le', '-f', 'wav'], 1],
  ['WAV of floats, six channels', 48_000, 6, ['-c:a', 'pcm_f32le', '-f', 'wav'], 1],
  ['WAV of doubles', 22_050, 1, ['-c:a', 'pcm_f64le', '-f', 'wav'], 1],
  ['WAV of A-law', 8000, 1, ['-c:a', 'pcm_alaw', '-f', 'wav'], 1],
  ['WAV of mu-law', 8000, 1, ['-c:a', 'pcm_mulaw', '-f', 'wav'], 1],
  ['RF64', 16_000, 1, ['-c:a', 'pcm_s16le', '-rf64', 'always', '-f', 'wav'], 1],
  ['AU of 16 bits', 44_100, 2, ['-c:a', 'pcm_s16be', '-f', 'au'], 1],
  ['AU of 24 bits', 48_000, 1, ['-c:a', 'pcm_s24be', '-f', 'au'], 1],
  ['AU of mu-law', 8000, 1, ['-c:a', 'pcm_mulaw', '-f', 'au'], 1],
  ['MP3', 44_100, 2, ['-c:a', 'libmp3lame', '-b:a', '128k', '-f', 'mp3'], 2460],
  ['MP3 of MPEG-2, mono', 22_050, 1, ['-c:a', 'libmp3lame', '-b:a', '48k', '-f', 'mp3'], 3660],
  ['MP2', 48_000, 1, ['-c:a', 'mp2', '-f', 'mp2'], 2400],
  ['FLAC', 44_100, 2, ['-c:a', 'flac', '-f', 'flac'], 1],
  ['FLAC of 24 bits', 96_000, 1, ['-c:a', 'flac', '-sample_fmt', 's32', '-f', 'flac'], 1],
  ['FLAC in Ogg', 16_000, 1, ['-c:a', 'flac', '-f', 'ogg'], 1],
  ['Vorbis', 44_100, 2, ['-c:a', 'libvorbis', '-f', 'ogg'], 1],
  ['Opus', 48_000, 1, ['-c:a', 'libopus', '-b:a', '48k', '-f', 'ogg'], 400],
  ['Opus, stereo', 48_000, 2, ['-c:a', 'libopus', '-f', 'ogg'], 400],
];

const files = new Map<string, Uint8Array>();
function fileOf([name, rateHz, channels, output]: Case): Uint8Array {
  const file = files.get(name) ?? encoded(tones(1, rateHz, chord), { rateHz, channels, output });
  files.set(name, file);
  return file;
}

/** As it says itself. */
function encodingOf(bytes: Uint8Array): SoundEncoding {
  const format = sniff(bytes);
  if (format === null) throw new Error('no sound');
  return format;
}

describe('a sound', () => {
  it.each(cases.map((row) => [row[0], row] as const))('of %s is heard: its tones, level and length', async (_, row) => {
    const bytes = fileOf(row);
    const heard = await decoded(bytes, encodingOf(bytes));
    expect(heard.outcome).toMatchObject({ kind: 'decoded' });
    expect(Math.abs(heard.samples.length - 48_000)).toBeLessThanOrEqual(row[4]);
    expectChord(heard.samples);
  });
});

const mp3 = (seconds: number): Uint8Array =>
  encoded(tones(seconds, 44_100, chord), {
    rateHz: 44_100,
    output: ['-c:a', 'libmp3lame', '-b:a', '64k', '-f', 'mp3'],
  });
const wav = (seconds: number): Uint8Array =>
  encoded(tones(seconds, 8000, chord), { rateHz: 8000, output: ['-c:a', 'pcm_s16le', '-f', 'wav'] });

describe('a short sound', () => {
  it('is whole, and says how long it is, in whatever pieces it comes', async () => {
    const bytes = wav(2);
    // FFmpeg cannot write the length into a pipe; here it is.
    const patched = bytes.slice();
    new DataView(patched.buffer).setUint32(bytes.length - 32_000 - 4, 32_000, true);
    for (const [file, saysLength, pieceBytes] of [
      [patched, false, 97],
      [patched, false, 1 << 20],
      [bytes, true, 1024],
    ] as const) {
      const { outcome, opened, samples } = await decoded(file, 'wav', { pieceBytes, saysLength });
      expect(opened).toMatchObject({ sound: 'whole', durationMs: 2000, copy: null });
      expect(outcome).toEqual({ kind: 'decoded', samples: 96_000, copied: false });
      expectChord(samples);
    }
  });

  it('of which nobody knows how long it is is a stream with a copy', async () => {
    const { outcome, opened } = await decoded(mp3(2), 'mpeg', { saysLength: false });
    expect(opened).toMatchObject({ sound: 'stream', durationMs: null });
    expect(opened?.copy).toBeInstanceOf(SharedArrayBuffer);
    expect(outcome).toMatchObject({ kind: 'decoded', copied: true });
  });

  it('is whole where that is wanted, and as long as it may be', async () => {
    const feed = { saysLength: false, mustBeWhole: true };
    expect((await decoded(mp3(2), 'mpeg', feed)).opened).toMatchObject({ sound: 'whole' });
    const { outcome, samples } = await decoded(mp3(2), 'mpeg', { ...feed, wholeMsMax: 500 });
    expect(outcome).toEqual({ kind: 'bad', rule: 'it is longer than it says' });
    expect(samples).toHaveLength(48_001);
  });
});

describe('a long sound', () => {
  it('is a stream: all of it is heard, and no more than its ring is in memory', async () => {
    const bytes = mp3(40);
    const { outcome, opened, samples } = await decoded(bytes, 'mpeg', { wholeMsMax: 10_000 });
    expect(opened).toMatchObject({ sound: 'stream', durationMs: null });
    expect(opened?.memory.byteLength).toBeLessThan(600_000);
    expect(outcome).toMatchObject({ kind: 'decoded', copied: false });
    expect(Math.abs(samples.length - 40 * 48_000)).toBeLessThan(2500);
    expectChord(samples.subarray(38 * 48_000));
  });

  it('ends when nobody wants it any more', async () => {
    const { outcome } = await decoded(mp3(40), 'mpeg', { wholeMsMax: 10_000, end: 'broken' });
    expect(outcome).toEqual({ kind: 'broken' });
  });
});

describe('no sound', () => {
  const noise = (length: number): Uint8Array =>
    Uint8Array.from({ length }, (_, index) => (Math.imul(index + 1, 0x9e37_79b1) >>> 13) & 0xff);
  const withHead = (head: readonly number[], rest: Uint8Array): Uint8Array => Uint8Array.from([...head, ...rest]);
  const text = (characters: string): number[] => [...characters].map((character) => character.charCodeAt(0));

  it.each<readonly [string, SoundEncoding, Uint8Array]>([
    ['nothing', 'mpeg', new Uint8Array()],
    ['noise called MP3', 'mpeg', noise(100_000)],
    ['an ID3 tag and nothing behind it', 'mpeg', withHead([...text('ID3'), 3, 0, 0, 0, 0, 2, 1], noise(257))],
    ['noise called FLAC', 'flac', withHead(text('fLaC'), noise(100_000))],
    [
      'noise called Opus',
      'ogg',
      withHead([...text('OggS'), ...Array(22).fill(0), 1, 19, ...text('OpusHead')], noise(9999)),
    ],
    [
      'noise called Vorbis',
      'ogg',
      withHead([...text('OggS'), ...Array(22).fill(0), 1, 30, ...text('\x01vorbis')], noise(9999)),
    ],
    [
      'Ogg of another codec',
      'ogg',
      withHead([...text('OggS'), ...Array(22).fill(0), 1, 30, ...text('Speex   ')], noise(99)),
    ],
    ['a WAV file without a format', 'wav', withHead(text('RIFF....WAVEdata\0\0\0\0'), noise(99))],
    ['a WAV file of one Hz', 'wav', wav(1).map((b, i) => (i === 24 ? 1 : i === 25 ? 0 : b))],
    ['a WAV file of a hundred channels', 'wav', wav(1).map((b, i) => (i === 22 ? 100 : b))],
    ['a WAV file that ends in its header', 'wav', wav(1).subarray(0, 30)],
    ['an AU file whose samples begin beyond it', 'au', withHead([...text('.snd'), 0x7f], noise(99))],
  ])('%s', async (_, encoding, bytes) => {
    const { outcome, opened } = await decoded(bytes, encoding);
    expect(outcome).toMatchObject({ kind: 'bad' });
    expect(opened).toBeNull();
  });

  it('but noise is what noise between seeming frames of MP3 is; it ends', async () => {
    const bytes = noise(200_000).map((byte, index) => [0xff, 0xfb, 0x90][index % 417] ?? byte);
    expect((await decoded(bytes, 'mpeg')).outcome.kind).not.toBe('broken');
  });

  it.each(cases.map((row) => [row[0], row] as const))('%s cut, or with broken bytes, ends', async (_, row) => {
    const bytes = fileOf(row);
    const encoding = encodingOf(bytes);
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
    const holes = bytes.map((byte, index) => (index > 60 && index % 501 === 0 ? byte ^ 0xff : byte));
    for (const broken of [bytes.subarray(0, bytes.length / 3), holes]) {
      const { outcome, samples } = await decoded(broken, encoding);
      expect(outcome.kind).not.toBe('broken');
      // A packet of Opus whose first byte is wrong lasts 120 ms and not 20.
      expect(samples.length).toBeLessThan(6 * 50_000);
    }
    complaints.mockRestore();
  });
});
