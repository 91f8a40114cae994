/** Files of recordings: made by the job pool in a folder of work, then handed to where they are kept. */
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FinishOutcome, RecordingFiles, TakenDown } from '../../app/recordings/file-port.js';
import type { OpenMedia } from '../../app/recordings/recording-views.js';
import { tracksMax } from '../../app/recordings/track-recorders.js';
import { type AccountSid, epochMs } from '../../base/brands.js';
import type { Clock, Logger } from '../../base/ports.js';
import type { SidStyle } from '../../base/sids.js';
import {
  type Recording,
  type RecordingFile,
  type RecordingFormat,
  type RecordingPart,
  recordingDrawings,
  recordingFormats,
  type SoundPart,
  timelineParts,
  trackPart,
} from '../../recordings/recording.js';
import type { MakeFilesOutcome, MakeFilesTask } from '../../worker/recordings/make-task.js';
import { fileNameOf } from '../../worker/recordings/make-task.js';
import type { KeptFile, Storage } from './storage.js';
import { besideOf } from './track-pieces.js';

const framesPerSecond = 50;
const progressLookMs = 500;
/** Files of one recording that are encrypted and sent at once: as many as have a place in the pool of jobs. */
const keptAtOnceMax = 8;

export type RecordingFilesParts = {
  readonly jobs: { makeFiles(task: MakeFilesTask): Promise<MakeFilesOutcome> };
  readonly storage: Storage;
  /** Of files while they are made; nothing in it outlives the process. */
  readonly folder: string;
  /** How the files that name calls spell them. */
  readonly sidStyleOf: (accountSid: AccountSid) => SidStyle;
  readonly clock: Clock;
  readonly logger: Logger;
};

export class StoredRecordingFiles implements RecordingFiles {
  readonly #parts: RecordingFilesParts;

  constructor(parts: RecordingFilesParts) {
    this.#parts = parts;
  }

  /** What a process before this one was making is made anew. */
  async start(): Promise<void> {
    const { folder, storage } = this.#parts;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await storage.start();
  }

  close(): Promise<void> {
    return this.#parts.storage.close();
  }

  async finish(
    recording: Recording,
    taken: TakenDown,
    formats: readonly RecordingFormat[],
    onProgress: (share: number) => void,
  ): Promise<FinishOutcome> {
    const { rateHz, frames, audioPath, channels, gaps } = taken.mix;
    const samplesPerFrame = rateHz / framesPerSecond;
    const source = { audioPath, rateHz, channels, samples: frames * samplesPerFrame };
    const parts = [...new Set<SoundPart>(['wav', ...formats, ...recordingDrawings])];
    const beside = besideOf(recording, taken, this.#parts.sidStyleOf(recording.accountSid));
    try {
      const made = await this.#make(recording, { ...source, trim: recording.trim, parts, beside }, onProgress);
      if (made.kind === 'absent') return made;
      if (made.kind === 'bad') return { kind: 'failed', why: made.why };
      await this.#keep(recording, made.files);
      const gapFrames = gaps.reduce((sum, gap) => sum + gap.frames, 0);
      const { samples, trimmedStartSamples, files } = made;
      const gapSamples = gapFrames * samplesPerFrame;
      const tracks = beside?.tracks.map(({ callSid, label }, index) => ({ number: index + 1, callSid, label }));
      const media = { rateHz, samples, trimmedStartSamples, gapSamples, files, ...(tracks && { tracks }) };
      return { kind: 'completed', media };
    } catch (error) {
      return { kind: 'unavailable', why: String(error) };
    }
  }

  async convert(recording: Recording, part: SoundPart): Promise<RecordingFile | null | 'away'> {
    const { life } = recording;
    if (life.status !== 'completed') return null;
    const { folder, logger } = this.#parts;
    const audioPath = join(folder, `${recording.sid}.${part}.source`);
    const wav = life.media.files.find((file) => file.part === 'wav');
    const source = wav === undefined ? null : await this.#opened(recording, wav);
    if (source === null || source === 'away') return source;
    try {
      await copy(source, audioPath);
      const { rateHz, samples } = life.media;
      const of = {
        audioPath,
        rateHz,
        channels: recording.channels,
        samples,
        trim: 'do-not-trim',
        parts: [part],
        beside: null,
      } as const;
      const made = await this.#make(recording, of, () => {});
      if (made.kind !== 'made') return null;
      await this.#keep(recording, made.files);
      return made.files[0] ?? null;
    } catch (error) {
      logger.warn('recording-not-converted', { recordingSid: recording.sid, part, error });
      return null;
    } finally {
      await rm(audioPath, { force: true });
    }
  }

  async open(recording: Recording, file: RecordingFile): Promise<OpenMedia | null | 'away'> {
    const { part, bytes, sha256 } = file;
    const kept = await this.#opened(recording, file);
    if (kept === null || kept === 'away') return kept;
    const { read, close, keptAtMs } = kept;
    return { part, bytes, sha256, madeAtMs: epochMs(keptAtMs), read, close };
  }

  async delete(recording: Recording): Promise<void> {
    const { life } = recording;
    const known = life.status === 'completed' ? life.media.files.map(({ part }) => part) : [];
    // Also what was kept of one whose completion was never written.
    const parts = new Set<RecordingPart>([...known, ...recordingFormats, ...recordingDrawings]);
    if (recording.hasTracks === true && life.status !== 'completed') {
      for (const part of timelineParts) parts.add(part);
      for (let number = 1; number <= tracksMax; number += 1) parts.add(trackPart(number));
    }
    for (const part of parts) await this.#parts.storage.delete(keyOf(recording, part));
  }

  async #opened(recording: Recording, { part, bytes }: RecordingFile): Promise<KeptFile | null | 'away'> {
    const { storage, logger } = this.#parts;
    try {
      return await storage.open(keyOf(recording, part), bytes);
    } catch (error) {
      logger.warn('recording-file-away', { recordingSid: recording.sid, part, error });
      return 'away';
    }
  }

  async #make(
    { sid }: Recording,
    of: Omit<MakeFilesTask, 'folder' | 'name' | 'progress'>,
    onProgress: (share: number) => void,
  ): Promise<MakeFilesOutcome> {
    const { jobs, clock, folder } = this.#parts;
    const progress = new SharedArrayBuffer(8);
    const share = new Float64Array(progress);
    let cancel = (): void => {};
    const look = (): void => {
      onProgress(share[0] ?? 0);
      cancel = clock.after(progressLookMs, look);
    };
    look();
    try {
      return await jobs.makeFiles({ ...of, folder, name: sid, progress });
    } finally {
      cancel();
    }
  }

  async #keep(recording: Recording, files: readonly RecordingFile[]): Promise<void> {
    const { folder, storage } = this.#parts;
    // Some beside each other, for each may wait for a store.
    for (let first = 0; first < files.length; first += keptAtOnceMax) {
      const some = files.slice(first, first + keptAtOnceMax).map((file) => {
        const path = join(folder, fileNameOf(recording.sid, file.part));
        return storage.keep(path, keyOf(recording, file.part), file);
      });
      // All of them, lest one is taken while it is made anew.
      for (const each of await Promise.allSettled(some)) if (each.status === 'rejected') throw each.reason;
    }
  }
}

/** No folder has more than a few thousand entries, however many recordings there are. */
export const keyOf = ({ accountSid, sid }: Recording, part: RecordingPart): string =>
  `${accountSid}/${sid.slice(0, 2)}/${fileNameOf(sid, part)}`;

async function copy(source: KeptFile, path: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    let at = 0;
    for await (const piece of source.read(0, source.bytes - 1)) {
      await file.write(piece, 0, piece.length, at);
      at += piece.length;
    }
  } finally {
    await file.close();
    await source.close();
  }
}
