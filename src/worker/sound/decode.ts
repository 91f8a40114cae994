/**
 * The job of a sound: pulls a body piece by piece, decodes it, brings it to one channel of 48 kHz, and writes it where
 * the engine plays it. Of what is long only a ring is ever in memory; the body waits while that is full.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Result } from '../../base/result.js';
import { estimatedMs } from '../../sound/duration.js';
import { Resampler } from '../../sound/resampler.js';
import type { BodyPiece, DecodeMessage, DecodeOutcome, DecodeTask } from './decode-task.js';
import { createDecoder, type DecodedPiece, type SoundDecoder } from './decoders.js';
import { Output } from './output.js';
import { Patience } from './patience.js';

const noAudio = 'there is no audio in it';

type Pieces = () => Promise<BodyPiece>;
type Opened = Extract<DecodeMessage, { kind: 'opened' }>;

/** Never rejects because of what came. */
export async function decodeSound(task: DecodeTask): Promise<DecodeOutcome> {
  const pieces = pulled(task.port);
  try {
    const first = await pieces();
    if (first.kind === 'broken') return first;
    if (first.kind === 'end') return { kind: 'bad', rule: 'it is empty' };
    const decoder = await createDecoder(task.encoding, first.bytes);
    if (!decoder.ok) return { kind: 'bad', rule: decoder.error };
    const outcome = await new Decoding(task, decoder.value, first.bytes).run(pieces);
    decoder.value.free();
    return outcome;
  } finally {
    task.port.close();
  }
}

function pulled(port: MessagePort): Pieces {
  return () =>
    new Promise((resolve) => {
      port.once('message', resolve);
      port.postMessage({ kind: 'more' } satisfies DecodeMessage);
    });
}

class Decoding {
  readonly #task: DecodeTask;
  readonly #decoder: SoundDecoder;
  readonly #first: Uint8Array;
  #resampler: Resampler | null = null;
  #rateHz = 0;
  #output: Output | null = null;
  readonly #patience = new Patience();

  constructor(task: DecodeTask, decoder: SoundDecoder, first: Uint8Array) {
    this.#task = task;
    this.#decoder = decoder;
    this.#first = first;
  }

  async run(pieces: Pieces): Promise<DecodeOutcome> {
    let piece: BodyPiece = { kind: 'bytes', bytes: this.#first };
    while (piece.kind === 'bytes') {
      const failure = await this.#take(piece.bytes);
      if (failure !== null) return this.#cut(failure);
      piece = await pieces();
    }
    if (piece.kind === 'broken') return this.#cut(piece);
    const failure = await this.#put(await this.#decoder.end());
    if (failure !== null) return this.#cut(failure);
    return this.#output?.end(this.#resampler?.end() ?? new Float32Array()) ?? { kind: 'bad', rule: noAudio };
  }

  async #take(bytes: Uint8Array): Promise<DecodeOutcome | null> {
    const { pieceBytes } = this.#decoder;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      const beganMs = performance.now();
      const decoded = await this.#decoder.decode(piece);
      this.#patience.spend(piece.length, performance.now() - beganMs);
      const failure = await this.#put(decoded);
      if (failure !== null) return failure;
      if (this.#patience.isOver()) return { kind: 'bad', rule: noAudio };
    }
    return null;
  }

  async #put(decoded: Result<DecodedPiece | null, string>): Promise<DecodeOutcome | null> {
    if (!decoded.ok) return { kind: 'bad', rule: decoded.error };
    if (decoded.value === null) return null;
    this.#patience.renew();
    this.#output ??= this.#newOutput();
    return this.#output.write(this.#resampled(decoded.value));
  }

  /** The rate changes where one file follows another. */
  #resampled({ mono, rateHz }: DecodedPiece): Float32Array {
    if (this.#resampler === null || this.#rateHz !== rateHz) {
      this.#resampler = new Resampler(rateHz);
      this.#rateHz = rateHz;
    }
    return this.#resampler.push(mono);
  }

  #newOutput(): Output {
    const { encoding, bodyBytes, wholeMsMax, mustBeWhole, port } = this.#task;
    const estimate = typeof encoding === 'string' ? estimatedMs(encoding, this.#first, bodyBytes) : null;
    const durationMs = this.#decoder.durationMs(bodyBytes);
    return new Output({
      durationMs,
      isWhole: mustBeWhole || (durationMs ?? estimate ?? Number.POSITIVE_INFINITY) <= wholeMsMax,
      wholeMsMax,
      onOpened: (opened) => port.postMessage({ kind: 'opened', ...opened } satisfies Opened),
    });
  }

  #cut(outcome: DecodeOutcome): DecodeOutcome {
    this.#output?.cut();
    return outcome;
  }
}
