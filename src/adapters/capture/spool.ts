/**
 * One recording on its way to disk: takes frames out of the ring, appends them to a WAV file, and what happened to a
 * journal beside it. Each frame has its place in the file by its number, so what is missing is silence of the same
 * length. What the disk refuses stays in the ring, and is tried again.
 */
import type { Capture, Channels } from '../../app/recordings/recorder-port.js';
import type { RecordingSid } from '../../base/brands.js';
import { frameSamples, RecordingReader, type RingFrame } from '../../media/recording-memory.js';
import { frameMs, type Gap, type TimelineEntry, type TimelineNote } from '../../recordings/course.js';
import { growingWavHeader, growingWavHeaderBytes } from '../../recordings/wav-header.js';
import { captureOf, type JournalLine, journalText } from './journal.js';
import type { SpoolFiles } from './spool-files.js';

/** Notes of a recording; those beyond are counted and forgotten. */
export const notesMax = 20_000;
/** Gaps and pauses of a recording that are told; beyond, the file is as right, and less is said of it. */
export const marksMax = 20_000;

/** Written at once, at most: two seconds at 16 kHz. */
export const chunkBytes = 64 * 1024;

/** How often the wall clock is noted. */
const clockEveryMs = 10_000;

export type SpoolOrder = {
  readonly recording: RecordingSid;
  readonly memo: string;
  readonly rateHz: number;
  readonly channels: Channels;
  readonly memory: SharedArrayBuffer;
  readonly audioPath: string;
  readonly journalPath: string;
};

export type SpoolParts = {
  readonly files: SpoolFiles;
  readonly now: () => number;
  /** chunkBytes, for samples on their way: whoever writes has it for as long as that takes. */
  readonly chunk: Uint8Array;
};

/** Where the file is; frames. Taken over once what it says is on disk. */
type Place = { frames: number; lost: number; turn: number; isPaused: boolean };

/** `written`: bytes of samples. */
export type SpoolTurn = { readonly written: number; readonly isAtEnd: boolean };

const encoder = new TextEncoder();

export class Spool {
  readonly order: SpoolOrder;
  readonly #parts: SpoolParts;
  readonly #reader: RecordingReader;
  readonly #frameBytes: number;
  readonly #chunk: Uint8Array;
  /** The whole timeline, and what of it is still to be written. */
  readonly #lines: JournalLine[] = [];
  #unwritten: JournalLine[] = [];
  #audio: number | null = null;
  #journal: number | null = null;
  #journalEnd = 0;
  /** Null before the first frame. */
  #place: Place | null = null;
  #marks = 0;
  #notes = 0;
  #notesLost = 0;
  #clockAtMs = 0;
  #headerFrames = 0;
  #isConcluded = false;
  /** Of those lost, frames by cause, for the metrics. */
  #gapFrames = { disk: 0, engine: 0 };

  constructor(order: SpoolOrder, parts: SpoolParts) {
    this.order = order;
    this.#parts = parts;
    this.#reader = new RecordingReader(order.memory);
    this.#frameBytes = frameSamples(order.rateHz, order.channels) * 2;
    const { chunk } = parts;
    this.#chunk = chunk.subarray(0, chunk.length - (chunk.length % this.#frameBytes));
  }

  note(at: number, note: TimelineNote): void {
    if (this.#notes >= notesMax) {
      this.#notesLost += 1;
      return;
    }
    this.#notes += 1;
    this.#say([{ kind: 'note', at, note }]);
  }

  /** Writes what came. Throws what the disk throws; nothing is lost of it but when the ring overflows. */
  turn(): SpoolTurn {
    // Asked first: what the engine wrote before it said so is seen below.
    const end = this.#reader.end();
    let written = 0;
    if (this.#reader.waiting() > 0) this.#begin();
    while (this.#reader.waiting() > 0) written += this.#writeChunk();
    if (end !== null) {
      if (this.#place === null) this.#begin();
      this.#fillUpTo(end);
    }
    this.#writeJournal();
    return { written, isAtEnd: end !== null };
  }

  /** Nothing more comes, whether or not what came is written. */
  hasEnded(): boolean {
    return this.#reader.end() !== null;
  }

  /** Frames on disk, or in its cache. */
  frames(): number {
    return this.#place?.frames ?? 0;
  }

  /** Since the last call. */
  takeGapFrames(): { readonly disk: number; readonly engine: number } {
    const taken = this.#gapFrames;
    this.#gapFrames = { disk: 0, engine: 0 };
    return taken;
  }

  /** Notes what the wall clock shows now and then, and brings the header up to date. What is to be synced after it. */
  refresh(): readonly number[] {
    const { files, now } = this.#parts;
    if (this.#audio === null || this.#journal === null || this.#place === null) return [];
    const nowMs = now();
    if (nowMs - this.#clockAtMs >= clockEveryMs) {
      this.#clockAtMs = nowMs;
      this.#say([{ kind: 'clock', at: this.#place.frames, wallMs: nowMs }]);
      this.#writeJournal();
    }
    const { frames } = this.#place;
    if (frames === this.#headerFrames) return [];
    files.write(this.#audio, this.#header(frames), 0);
    this.#headerFrames = frames;
    return [this.#audio, this.#journal];
  }

  /** Everything of the recording is written: its last header, its exact length. REQUIRES: `turn` was at the end. */
  complete(): readonly number[] {
    const { files } = this.#parts;
    const frames = this.frames();
    if (this.#audio === null || this.#journal === null) return [];
    files.resize(this.#audio, growingWavHeaderBytes + frames * this.#frameBytes);
    files.write(this.#audio, this.#header(frames), 0);
    return [this.#audio, this.#journal];
  }

  /** After `complete` was synced: the journal says that it is over. */
  conclude(): readonly number[] {
    const hasFailed = this.#reader.end()?.hasFailed === true;
    if (!this.#isConcluded)
      this.#say([
        { kind: 'end', frames: this.frames(), why: hasFailed ? 'failed' : 'ended', notesLost: this.#notesLost },
      ]);
    this.#isConcluded = true;
    this.#writeJournal();
    return this.#journal === null ? [] : [this.#journal];
  }

  /** Never throws. */
  close(): void {
    for (const file of [this.#audio, this.#journal]) {
      if (file === null) continue;
      try {
        this.#parts.files.close(file);
      } catch {
        // It was written or it was not; there is nothing left to be done with it.
      }
    }
    this.#audio = null;
    this.#journal = null;
  }

  /** Null when nothing of it came to be. `failed` once the disk was given up. */
  capture(): Capture | null {
    const capture = captureOf(this.#lines, this.order.audioPath, this.frames());
    return capture === null ? null : { ...capture, notesLost: this.#notesLost };
  }

  #header(frames: number): Uint8Array {
    return growingWavHeader(this.order, frames * frameSamples(this.order.rateHz, 1));
  }

  /** Makes the files, once the first frame is here or it is over without any. */
  #begin(): void {
    const { files, now } = this.#parts;
    const { recording, memo, rateHz, channels, audioPath, journalPath } = this.order;
    if (this.#audio === null) {
      this.#audio = files.create(audioPath);
      files.write(this.#audio, this.#header(0), 0);
    }
    if (this.#journal === null) this.#journal = files.create(journalPath);
    if (this.#place !== null) return;
    const first = this.#reader.take();
    this.#reader.putBack();
    // The newest is of now, and each before it 20 ms older.
    const wallMs = first === null ? null : Math.round(now() - this.#reader.frames() * frameMs);
    // Whatever of it has no place in the ring is counted from its beginning.
    const turn = first === null ? null : first.turn - first.at;
    const begin = { kind: 'begin', recording, memo, rateHz, channels, wallMs, turn } as const;
    this.#lines.unshift(begin);
    this.#unwritten.unshift(begin);
    this.#place = { frames: 0, lost: 0, turn: turn ?? 0, isPaused: false };
  }

  /** Frames that follow each other, as many as are here and fit; how many bytes that was. */
  #writeChunk(): number {
    const { files } = this.#parts;
    if (this.#place === null || this.#audio === null) return 0;
    const place = { ...this.#place };
    const lines: JournalLine[] = [];
    let bytes = 0;
    let beginsAt = place.frames;
    try {
      for (let frame = this.#reader.take(); frame !== null; frame = this.#reader.take()) {
        // What is missing has its place in the file all the same: nothing is written there.
        if (frame.at !== place.frames && bytes > 0) {
          files.write(this.#audio, this.#chunk.subarray(0, bytes), this.#offset(beginsAt));
          bytes = 0;
        }
        lines.push(...this.#markFrame(place, frame));
        if (bytes === 0) beginsAt = frame.at;
        if (frame.samples === null) this.#chunk.fill(0, bytes, bytes + this.#frameBytes);
        else this.#chunk.set(frame.samples, bytes);
        bytes += this.#frameBytes;
        if (bytes === this.#chunk.length) break;
      }
      if (bytes > 0) files.write(this.#audio, this.#chunk.subarray(0, bytes), this.#offset(beginsAt));
    } catch (error) {
      this.#reader.putBack();
      throw error;
    }
    this.#reader.release();
    this.#place = place;
    this.#mark(lines);
    return bytes;
  }

  #offset(frame: number): number {
    return growingWavHeaderBytes + frame * this.#frameBytes;
  }

  /** Brings the place behind a frame; what is to be said of what was before it. */
  #markFrame(place: Place, frame: RingFrame): readonly JournalLine[] {
    const lines = gapLines(place, frame.at, frame.lost);
    const skipped = (frame.turn - place.turn - (frame.at - place.frames)) | 0;
    if (skipped > 0) {
      lines.push({ kind: 'pause', at: frame.at, mode: 'skipping' }, { kind: 'resume', at: frame.at, skipped });
    }
    if (frame.isPaused && !place.isPaused) lines.push({ kind: 'pause', at: frame.at, mode: 'silent' });
    if (!frame.isPaused && place.isPaused) lines.push({ kind: 'resume', at: frame.at, skipped: 0 });
    place.frames = frame.at + 1;
    place.lost = frame.lost;
    place.turn = (frame.turn + 1) >>> 0;
    place.isPaused = frame.isPaused;
    return lines;
  }

  /** Silence to the end, where the last frames had no place. */
  #fillUpTo({ frames, lost }: { readonly frames: number; readonly lost: number }): void {
    const { files } = this.#parts;
    if (this.#place === null || this.#audio === null || frames === this.#place.frames) return;
    files.resize(this.#audio, this.#offset(frames));
    this.#mark(gapLines(this.#place, frames, lost));
    this.#place = { ...this.#place, frames, lost };
  }

  #mark(lines: readonly JournalLine[]): void {
    for (const line of lines) if (line.kind === 'gap') this.#gapFrames[line.why] += line.frames;
    const told = lines.slice(0, Math.max(0, marksMax - this.#marks));
    this.#marks += told.length;
    this.#say(told);
  }

  #say(lines: readonly JournalLine[]): void {
    this.#lines.push(...lines);
    this.#unwritten.push(...lines);
  }

  #writeJournal(): void {
    if (this.#journal === null || this.#unwritten.length === 0) return;
    const bytes = encoder.encode(journalText(this.#unwritten));
    this.#parts.files.write(this.#journal, bytes, this.#journalEnd);
    this.#journalEnd += bytes.length;
    this.#unwritten = [];
  }
}

/** What is missing before frame `at`: first what had no place in the ring, then what the shard gave up. */
function gapLines(place: Place, at: number, lost: number): ((Gap & { readonly kind: 'gap' }) | TimelineEntry)[] {
  const missing = at - place.frames;
  const byDisk = Math.min(missing, (lost - place.lost) >>> 0);
  const gaps = [
    { kind: 'gap', at: place.frames, frames: byDisk, why: 'disk' } as const,
    { kind: 'gap', at: place.frames + byDisk, frames: missing - byDisk, why: 'engine' } as const,
  ];
  return gaps.filter(({ frames }) => frames > 0);
}
