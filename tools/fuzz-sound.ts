/**
 * Feeds broken audio files to the parsers of src/sound: tools/fuzz-sound.ts SECONDS [SEED]. Each run cuts, doubles and
 * changes bytes of a small file of each kind, or sets the numbers in its header to what is odd. Whatever comes: nothing
 * throws, offsets lie in the file, durations are numbers, samples are within what a sample can be.
 * Prints `fuzzed sound` when all went well; a finding is shrunk, kept in build/fuzz/findings and ends the run.
 */
import fc from 'fast-check';
import { assert } from '../src/base/assert.js';
import { estimatedMs } from '../src/sound/duration.js';
import { isMarkup, type SoundFormat, sniff } from '../src/sound/format.js';
import { isPlayable, PcmReader } from '../src/sound/pcm.js';
import { type PcmHeader, parseAuHeader, parseWavHeader, pcmDurationMs } from '../src/sound/pcm-header.js';
import { fuzzFor } from './fuzz-for.js';

const latin1 = (text: string): number[] => Array.from(Buffer.from(text, 'latin1'));
const u16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
const samples = Array.from({ length: 64 }, (_, index) => (index * 37) & 255);

const wav = (tag: number, bits: number): number[] => [
  ...latin1('RIFF'),
  ...u32(100),
  ...latin1('WAVEfmt '),
  ...u32(tag === 0xfffe ? 40 : 16),
  ...[...u16(tag), ...u16(2), ...u32(8000), ...u32(0), ...u16(4), ...u16(bits)],
  ...(tag === 0xfffe ? [...u16(22), ...u16(bits), ...u32(3), ...u16(1), ...Array(14).fill(0)] : []),
  ...latin1('LIST'),
  ...u32(3),
  ...[1, 2, 3, 0],
  ...latin1('data'),
  ...u32(samples.length),
  ...samples,
];
const au = [...latin1('.snd'), 0, 0, 0, 24, 0, 0, 0, 64, 0, 0, 0, 3, 0, 0, 0x1f, 0x40, 0, 0, 0, 1, ...samples];
const flac = [...latin1('fLaC'), 0x80, 0, 0, 34, ...samples];
const mp3 = [...latin1('ID3'), 3, 0, 0, 0, 0, 0, 2, 0, 0, 0xff, 0xfb, 0x90, 0, ...Array(32).fill(0), ...latin1('Xing')];
const seeds: readonly (readonly number[])[] = [
  ...[1, 3, 6, 7, 0xfffe].flatMap((tag) => [8, 16, 24, 32, 64].map((bits) => wav(tag, bits))),
  au,
  flac,
  [...mp3, 0, 0, 0, 1, 0, 0, 1, 0],
  [...latin1('OggS'), ...samples],
  latin1('\u00ef\u00bb\u00bf <?xml version="1.0"?><Response/>'),
];

const oddNumber = fc.constantFrom(0, 1, 2, 3, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff);
const change = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('put' as const), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 8 }) }),
  fc.record({ kind: fc.constant('number' as const), at: fc.nat(), value: oddNumber, isBig: fc.boolean() }),
  fc.record({ kind: fc.constant('end' as const), at: fc.nat() }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(file: readonly number[], step: Change): readonly number[] {
  const at = step.at % (file.length + 1);
  switch (step.kind) {
    case 'cut':
      return file.toSpliced(at, step.count);
    case 'put':
      return file.toSpliced(at, step.bytes.length, ...step.bytes);
    case 'number':
      return file.toSpliced(at, 4, ...(step.isBig ? u32(step.value).reverse() : u32(step.value)));
    case 'end':
      return file.slice(0, at);
  }
}

const fileBytes = fc
  .record({ seed: fc.nat(), changes: fc.array(change, { maxLength: 6 }) })
  .map(({ seed, changes }) => Uint8Array.from(changes.reduce(changed, seeds[seed % seeds.length] ?? [])));

function checkHeader(header: PcmHeader, bytes: Uint8Array, pieceBytes: number): void {
  if (header.kind === 'bad') assert(header.rule !== '', 'a refusal says why');
  if (header.kind !== 'pcm') return;
  assert(isPlayable(header.layout), 'only what can be played is taken');
  assert(header.dataOffset >= 24 && header.dataOffset <= bytes.length, 'samples begin in the file');
  const durationMs = pcmDurationMs(header, bytes.length);
  assert(durationMs !== null && durationMs >= 0 && durationMs < 60_000, 'no more lasts than is there');
  const reader = new PcmReader(header.layout);
  for (let at = header.dataOffset; at < bytes.length; at += pieceBytes) {
    for (const sample of reader.read(bytes.subarray(at, at + pieceBytes))) {
      assert(Math.abs(sample) <= 16, 'a sample is a number within reason');
    }
  }
}

const property = fc.property(fileBytes, fc.integer({ min: 1, max: 40 }), fc.nat(), (bytes, pieceBytes, bodyBytes) => {
  const format = sniff(bytes);
  assert(!(isMarkup(bytes) && format !== null), 'nothing is both a document and audio');
  const known: readonly SoundFormat[] = ['flac', 'mpeg', 'ogg'];
  for (const each of format === null ? known : [format]) {
    const ms = estimatedMs(each, bytes, bodyBytes);
    assert(ms === null || (Number.isFinite(ms) && ms >= 0), 'an estimate is a number, or none');
  }
  checkHeader(parseWavHeader(bytes), bytes, pieceBytes);
  checkHeader(parseAuHeader(bytes), bytes, pieceBytes);
});
fuzzFor('sound', 'files', property);
