/** The job that makes the files of a recording: trimmed, coded, drawn and summed; streamed from disk to disk. */
import { join } from 'node:path';
import { type FileCoding, makeFileEncoder } from '../../addon/encoders.js';
import { OggOpusWriter } from '../../recordings/ogg-opus.js';
import type { RecordingFile, SoundPart } from '../../recordings/recording.js';
import { Trimmer } from '../../recordings/trim.js';
import { wavHeader } from '../../recordings/wav-header.js';
import { Waveform } from '../../recordings/waveform.js';
import { CaptureReader } from './capture-reader.js';
import { FileWriter } from './file-writer.js';
import { fileNameOf, type MakeFilesOutcome, type MakeFilesTask } from './make-task.js';
import { type Kept, makeTracks } from './make-tracks.js';

/** Everything about the file that is made now. */
type Making = {
  readonly task: MakeFilesTask;
  readonly samples: number;
  /** Each piece that is kept, once. */
  readonly pieces: () => AsyncGenerator<Int16Array>;
  readonly writer: FileWriter;
};

/** Speech at its best for its size; of each channel. */
const bitrates: Readonly<Record<'mp3' | 'opus', Readonly<Record<number, number>>>> = {
  mp3: { 8000: 32_000, 16000: 64_000, 48000: 96_000 },
  opus: { 8000: 24_000, 16000: 32_000, 48000: 64_000 },
};

/** Rejects when files cannot be read or written, or an encoder fails. */
export async function makeFiles(task: MakeFilesTask): Promise<MakeFilesOutcome> {
  const { audioPath, channels, samples, rateHz, trim } = task;
  const reader = await CaptureReader.open(audioPath, { channels, samples });
  if (reader === null) return { kind: 'bad', why: 'what was taken down is no audio' };
  const progress = progressOf(task);
  try {
    const trimmer = new Trimmer(rateHz, channels);
    for await (const piece of reader.samples(0, samples)) {
      trimmer.hear(piece);
      progress.heard(piece.length / channels);
    }
    const kept = trimmer.result(trim);
    if (kept.kind === 'absent') return kept;
    const files: RecordingFile[] = [];
    for (const part of task.parts) files.push(await makeFile(part, task, kept, reader, progress));
    files.push(...(await makeTracks(task, kept, progress.heard)));
    return { kind: 'made', files, samples: kept.end - kept.first, trimmedStartSamples: kept.first };
  } finally {
    await reader.close();
  }
}

function progressOf({ progress, samples, parts, beside }: MakeFilesTask) {
  const share = new Float64Array(progress);
  const all = Math.max(1, samples * (parts.length + 1 + (beside?.tracks.length ?? 0)));
  let heard = 0;
  return {
    heard(count: number): void {
      heard += count;
      share[0] = Math.min(1, heard / all);
    },
  };
}

async function makeFile(
  part: SoundPart,
  task: MakeFilesTask,
  { first, end }: Kept,
  reader: CaptureReader,
  progress: ReturnType<typeof progressOf>,
): Promise<RecordingFile> {
  const writer = await FileWriter.open(join(task.folder, fileNameOf(task.name, part)), part);
  async function* pieces(): AsyncGenerator<Int16Array> {
    for await (const piece of reader.samples(first, end)) {
      progress.heard(piece.length / task.channels);
      yield piece;
    }
  }
  try {
    await makers[part]({ task, samples: end - first, pieces, writer });
    return await writer.done();
  } finally {
    await writer.close();
  }
}

const makers: Readonly<Record<SoundPart, (making: Making) => Promise<void>>> = {
  wav: async ({ task, samples, pieces, writer }) => {
    await writer.add(wavHeader(task, samples));
    for await (const piece of pieces()) await writer.add(bytesOf(piece));
  },
  mp3: (making) => encode('mp3', making),
  flac: (making) => encode('flac', making),
  opus: encodeOpus,
  peaks: (making) => draw(making, (waveform) => waveform.peaks()),
  picture: (making) => draw(making, (waveform) => waveform.picture()),
};

const bytesOf = (samples: Int16Array): Uint8Array =>
  new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);

async function encode(coding: Exclude<FileCoding, 'opus'>, { task, samples, pieces, writer }: Making): Promise<void> {
  const { rateHz, channels } = task;
  const bitrate = coding === 'mp3' ? (bitrates.mp3[rateHz] ?? 64_000) * channels : 0;
  const encoder = makeFileEncoder(coding, rateHz, channels, samples, bitrate);
  for await (const piece of pieces()) await writer.add(encoder.encode(piece));
  await writer.add(encoder.finish());
  await writer.replaceHead(encoder.head());
}

async function encodeOpus({ task, samples, pieces, writer }: Making): Promise<void> {
  const { rateHz, channels } = task;
  const bitrate = (bitrates.opus[rateHz] ?? 32_000) * channels;
  const encoder = makeFileEncoder('opus', rateHz, channels, samples, bitrate);
  const format = { channels, rateHz, samples, delaySamples: encoder.delaySamples(), serial: 1 };
  const ogg = new OggOpusWriter(format);
  await writer.add(ogg.head());
  for await (const piece of pieces()) await writer.add(ogg.add(packetsIn(encoder.encode(piece))));
  await writer.add(ogg.add(packetsIn(encoder.finish())));
  await writer.add(ogg.end());
}

/** Each is behind its length. */
function packetsIn(bytes: Uint8Array): readonly Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const length = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    packets.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return packets;
}

async function draw({ task, pieces, writer }: Making, drawing: (waveform: Waveform) => string): Promise<void> {
  const waveform = new Waveform(task.rateHz, task.channels);
  for await (const piece of pieces()) waveform.hear(piece);
  await writer.add(new TextEncoder().encode(drawing(waveform)));
}
