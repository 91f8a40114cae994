/** Recorders and files of recordings without an engine and a disk. */
import type { FinishOutcome, RecordingFiles, RecordingPolicy, TakenDown } from '../../src/app/recordings/file-port.js';
import type {
  Capture,
  Recorder,
  RecorderPort,
  RecorderRefusal,
  WantedRecorder,
} from '../../src/app/recordings/recorder-port.js';
import { RecordingDesk, type RecordingDeskParts } from '../../src/app/recordings/recording-desk.js';
import type { OpenMedia } from '../../src/app/recordings/recording-views.js';
import type { RecordingSid } from '../../src/base/brands.js';
import { flavours } from '../../src/base/flavour.js';
import { err, ok, type Result } from '../../src/base/result.js';
import type { EnginePort } from '../../src/media/engine-port.js';
import { recordingMemory } from '../../src/media/recording-memory.js';
import type { TimelineNote } from '../../src/recordings/course.js';
import {
  type Recording,
  type RecordingFile,
  type RecordingPart,
  timelineParts,
  trackPart,
} from '../../src/recordings/recording.js';

export class FakeRecorders implements RecorderPort {
  readonly opened = new Map<RecordingSid, WantedRecorder>();
  readonly released: RecordingSid[] = [];
  readonly discarded: RecordingSid[] = [];
  readonly notes = new Map<RecordingSid, readonly TimelineNote[]>();
  refusal: RecorderRefusal | null = null;
  /** What a process before this one left. */
  captures: readonly Capture[] = [];
  free: number | null = null;
  readonly #engine: Pick<EnginePort, 'reserveRecorder' | 'releaseRecorder'>;
  #onOver = (_capture: Capture): void => {};

  constructor(engine: Pick<EnginePort, 'reserveRecorder' | 'releaseRecorder'>) {
    this.#engine = engine;
  }

  open(wanted: WantedRecorder): Result<Recorder, RecorderRefusal> {
    if (this.refusal !== null) return err(this.refusal);
    const { recording, shard } = wanted;
    const reserved = this.#engine.reserveRecorder(shard, recordingMemory(8000, 1));
    if (!reserved.ok) return err({ kind: 'recorders-full', what: 'recorders' });
    this.opened.set(recording, wanted);
    return ok({
      id: reserved.value,
      recording,
      frames: () => 0,
      note: (note) => this.notes.set(recording, [...(this.notes.get(recording) ?? []), note]),
      release: () => {
        this.opened.delete(recording);
        this.released.push(recording);
        this.#engine.releaseRecorder(reserved.value);
      },
    });
  }

  onOver(listener: (capture: Capture) => void): void {
    this.#onOver = listener;
  }

  async left(): Promise<readonly Capture[]> {
    return this.captures;
  }

  async discard({ recording }: Pick<Capture, 'recording'>): Promise<void> {
    this.discarded.push(recording);
  }

  async freeBytes(): Promise<number | null> {
    return this.free;
  }

  /** All of it is on the disk. */
  over(recording: RecordingSid, changes: Partial<Capture> = {}): void {
    const { memo = '' } = this.opened.get(recording) ?? {};
    this.#onOver({ ...captureOf(recording), memo, ...changes });
  }
}

/** Three seconds. */
export const captureOf = (recording: RecordingSid): Capture => ({
  recording,
  memo: '',
  audioPath: `/spool/${recording}.wav`,
  rateHz: 16_000,
  channels: 1,
  frames: 150,
  startedAtMs: 0,
  firstTurn: 1,
  gaps: [],
  timeline: [],
  notesLost: 0,
  why: 'ended',
});

/** Files of a byte for each frame that was taken down. */
export class FakeFiles implements RecordingFiles {
  /** What finishing comes to; null: to a completed recording. */
  outcome: FinishOutcome | null = null;
  /** Finishing waits until `letThrough`. */
  isHolding = false;
  /** Where they are kept cannot be reached. */
  isAway = false;
  /** By recording, the parts that are there. */
  readonly kept = new Map<RecordingSid, Map<RecordingPart, Uint8Array>>();
  readonly deleted: RecordingSid[] = [];
  readonly finished: TakenDown[] = [];
  converted = 0;
  readonly #held: (() => void)[] = [];

  async finish(
    { sid }: Recording,
    taken: TakenDown,
    formats: Parameters<RecordingFiles['finish']>[2],
    onProgress: (share: number) => void,
  ): Promise<FinishOutcome> {
    onProgress(0.5);
    this.finished.push(taken);
    const { frames, rateHz, gaps } = taken.mix;
    if (this.isHolding) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (this.outcome !== null) return this.outcome;
    const tracks = taken.tracks.map(({ callSid, label }, index) => ({ number: index + 1, callSid, label }));
    const beside: readonly RecordingPart[] =
      tracks.length === 0 ? [] : [...tracks.map(({ number }) => trackPart(number)), ...timelineParts];
    const parts = [...new Set<RecordingPart>(['wav', ...formats, ...beside])];
    this.kept.set(sid, new Map(parts.map((part) => [part, bytesOf(part, frames)])));
    const samples = (frames * rateHz) / 50;
    const gapSamples = gaps.reduce((sum, gap) => sum + (gap.frames * rateHz) / 50, 0);
    const files = parts.map((part) => fileOf(part, frames));
    const media = { rateHz, samples, trimmedStartSamples: 0, gapSamples };
    return { kind: 'completed', media: { ...media, files, ...(tracks.length > 0 && { tracks }) } };
  }

  async convert({ sid }: Recording, part: RecordingPart): Promise<RecordingFile | null | 'away'> {
    if (this.isAway) return 'away';
    this.converted += 1;
    const wav = this.kept.get(sid)?.get('wav');
    if (wav === undefined) return null;
    this.kept.get(sid)?.set(part, bytesOf(part, wav.length));
    return fileOf(part, wav.length);
  }

  async open(
    { sid, updatedAtMs }: Recording,
    { part, bytes, sha256 }: RecordingFile,
  ): Promise<OpenMedia | null | 'away'> {
    if (this.isAway) return 'away';
    const kept = this.kept.get(sid)?.get(part);
    if (kept === undefined) return null;
    return {
      ...{ part, bytes, sha256, madeAtMs: updatedAtMs },
      async *read(first, last) {
        yield kept.subarray(first, last + 1);
      },
      close: async () => {},
    };
  }

  async delete({ sid }: Recording): Promise<void> {
    this.kept.delete(sid);
    this.deleted.push(sid);
  }

  letThrough(): void {
    this.isHolding = false;
    for (const go of this.#held.splice(0)) go();
  }
}

/** Whoever reads JSON reads that of a timeline, too. */
const bytesOf = (part: RecordingPart, count: number): Uint8Array =>
  new Uint8Array(count).fill((part === 'timeline' ? '7' : part).charCodeAt(0));

const fileOf = (part: RecordingPart, bytes: number): RecordingFile => ({ part, bytes, sha256: part.padEnd(64, '0') });

export const publicUrl = 'https://parley.example';

export const freely: RecordingPolicy = {
  isForbidden: false,
  formats: [],
  beep: false,
  announceUrl: null,
  hasTracks: false,
};

type World = Pick<RecordingDeskParts, 'store' | 'clock' | 'random' | 'metrics' | 'logger'> &
  Partial<RecordingDeskParts>;

/** Recordings of every account, with doubles of what takes them down and keeps them. */
export function recordingsOf({ engine, ...world }: World & { readonly engine: EnginePort }) {
  const recorders = new FakeRecorders(engine);
  const files = new FakeFiles();
  const desk = new RecordingDesk({
    recorders,
    files,
    publicUrl: () => publicUrl,
    rateHzMin: 8000,
    hasSpace: () => true,
    policyOf: () => freely,
    signLink: (_account, _sid, part, expiresAtSeconds) => `${part}-${expiresAtSeconds}`,
    flavourOf: () => flavours.signalwire,
    ...world,
  });
  return { recorders, files, desk };
}
