/** Turns bodies into clips: one job each, as many at a time as may be, known to the engine while anybody plays them. */
import type { Metrics } from '../../app/metrics.js';
import { releasedFailure, type SoundFailure } from '../../app/sounds/sound-port.js';
import { err, ok, type Result } from '../../base/result.js';
import { soundRateHz } from '../../sound/resampler.js';
import type { DecodeTask } from '../../worker/sound/decode-task.js';
import { type ClipParts, type ClipTable, SharedClip } from './clip.js';
import { type Decoded, noAudioCode, type SoundBody, type SoundJobs, startDecoding } from './decoding.js';

export type ClipMakerParts = {
  readonly jobs: SoundJobs;
  readonly clips: ClipTable;
  readonly metrics: Metrics;
  /** Sounds that may be decoded at a time. */
  readonly decodingsMax: number;
};

export type MadeClip = {
  readonly clip: SharedClip;
  readonly kind: 'whole' | 'stream';
  /** Bytes of samples, once all is decoded; null when it broke off. */
  readonly bytes: Promise<number | null>;
  /**
   * Of a stream that turned out to be short: a clip of all of it, which nobody has yet. Null when it is long, broke
   * off, or is whole already. Once.
   */
  readonly copy: () => Promise<SharedClip | null>;
};

export class ClipMaker {
  readonly #parts: ClipMakerParts;
  #decodings = 0;

  constructor(parts: ClipMakerParts) {
    this.#parts = parts;
  }

  decodings(): number {
    return this.#decodings;
  }

  /** Resolves when it may be played. The body is read, or cancelled. */
  async make(source: SoundBody, task: Omit<DecodeTask, 'port'>): Promise<Result<MadeClip, SoundFailure>> {
    const { jobs, metrics, decodingsMax } = this.#parts;
    if (this.#decodings >= decodingsMax) {
      source.body.cancel();
      metrics.count('parley_sound_decodings_total', { outcome: 'refused' });
      return err({ code: noAudioCode, rule: 'too many sounds are being decoded' });
    }
    this.#decodings += 1;
    const decoding = startDecoding(jobs, source, task);
    const decoded = decoding.decoded.then((result) => {
      this.#decodings -= 1;
      metrics.count('parley_sound_decodings_total', { outcome: outcomeOf(result) });
      return result;
    });
    const opened = await decoding.opened;
    if (!opened.ok) return opened;
    const { memory, sound, durationMs, copy } = opened.value;
    const length = decoded.then(millisecondsOf);
    const stop = (): void => decoding.stop();
    const clip = this.open(memory, { kind: sound, durationMs, decoded: length, stop });
    if (!clip.ok) {
      stop();
      return clip;
    }
    return ok({
      clip: clip.value,
      kind: sound,
      bytes: decoded.then((result) => (result.ok ? bytesOf(result.value) : null)),
      copy: async () => {
        const result = await decoded;
        if (!result.ok || !result.value.copied || copy === null) return null;
        const whole = this.open(copy, {
          kind: 'whole',
          durationMs: (result.value.samples * 1000) / soundRateHz,
          decoded: length,
          stop: () => {},
        });
        return whole.ok ? whole.value : null;
      },
    });
  }

  /** Makes memory known to the engine that is written already, or is being written. */
  open(memory: SharedArrayBuffer, { stop, ...about }: ClipFacts): Result<SharedClip, SoundFailure> {
    const { clips } = this.#parts;
    const opened = clips.openClip(memory);
    if (!opened.ok) return err({ code: noAudioCode, rule: 'the engine has no place for one more sound' });
    const clip = opened.value;
    const close = (): void => {
      clips.closeClip(clip);
      stop();
    };
    return ok(new SharedClip({ ...about, clip, close }));
  }
}

export type ClipFacts = Pick<ClipParts, 'kind' | 'durationMs' | 'decoded'> & {
  /** Nothing more need be written. */
  readonly stop: () => void;
};

const bytesOf = ({ samples }: Decoded): number => samples * 2;

const millisecondsOf = (result: Result<Decoded, SoundFailure>): Result<number, SoundFailure> =>
  result.ok ? ok((result.value.samples * 1000) / soundRateHz) : result;

function outcomeOf(result: Result<Decoded, SoundFailure>): 'decoded' | 'released' | 'broken-off' {
  if (result.ok) return 'decoded';
  return result.error === releasedFailure ? 'released' : 'broken-off';
}
