/** What an engine does to the ring of a recorder, turn by turn, without one. */
import {
  recordedFrame,
  recorderModes,
  recordingEnds,
  recordingFramesMax,
  recordingHead,
} from '../../src/media/engine-layout.js';
import { placeBlock } from '../../src/media/engine-layout-offsets.js';

const head = placeBlock(recordingHead);
const frameHead = placeBlock(recordedFrame);
const word = (block: typeof head, name: string): number =>
  (block.fields.find((field) => field.name === name)?.offset ?? Number.NaN) / 4;

export class RecordingEngine {
  readonly #memory: SharedArrayBuffer;
  readonly #words: Uint32Array<SharedArrayBuffer>;
  #write = 0;
  #frames = 0;
  #lost = 0;
  #turn: number;

  /** `turn`: of the shard, the first this recorder takes part in. */
  constructor(memory: SharedArrayBuffer, turn = 0) {
    this.#memory = memory;
    this.#words = new Uint32Array(memory, 0, head.bytes / 4);
    this.#turn = turn;
    this.#tell();
  }

  /** A turn with this in every sample, or silence. */
  frame(value: number | null): void {
    this.#publish(value, recorderModes.recording);
  }

  /** A turn of a pause in silence. */
  paused(): void {
    this.#publish(null, recorderModes.silent);
  }

  /** Turns that are not recorded, or that the shard gave up. */
  pass(turns: number, kind: 'skipped' | 'given-up'): void {
    this.#turn += turns;
    if (kind === 'given-up') this.#frames += turns;
    this.#tell();
  }

  end(): void {
    Atomics.store(this.#words, word(head, 'ended'), recordingEnds.over);
  }

  #publish(value: number | null, mode: number): void {
    const waiting = (this.#write - Atomics.load(this.#words, word(head, 'read'))) >>> 0;
    if (waiting < recordingFramesMax) {
      const bytes = this.#words[word(head, 'frame_bytes')] ?? 0;
      const offset = head.bytes + (this.#write % recordingFramesMax) * bytes;
      const fields = new Uint32Array(this.#memory, offset, frameHead.bytes / 4);
      fields[word(frameHead, 'at')] = this.#frames;
      fields[word(frameHead, 'turn')] = this.#turn;
      fields[word(frameHead, 'lost')] = this.#lost;
      fields[word(frameHead, 'mode')] = mode;
      fields[word(frameHead, 'has_sound')] = value === null ? 0 : 1;
      const samples = ((this.#words[word(head, 'rate_hz')] ?? 0) / 50) * (this.#words[word(head, 'channels')] ?? 0);
      if (value !== null) new Int16Array(this.#memory, offset + frameHead.bytes, samples).fill(value);
      this.#write += 1;
      Atomics.store(this.#words, word(head, 'write'), this.#write);
    } else {
      this.#lost += 1;
    }
    this.#frames += 1;
    this.#turn += 1;
    this.#tell();
  }

  #tell(): void {
    Atomics.store(this.#words, word(head, 'frames'), this.#frames);
    Atomics.store(this.#words, word(head, 'lost'), this.#lost);
    Atomics.store(this.#words, word(head, 'turn'), this.#turn);
  }
}
