/** A clip that several may be given: open as long as anybody plays it or it is kept to be played again. */
import type { Sound, SoundFailure } from '../../app/sounds/sound-port.js';
import { assert } from '../../base/assert.js';
import type { Result } from '../../base/result.js';
import type { ClipId, EnginePort } from '../../media/engine-port.js';

export type ClipTable = Pick<EnginePort, 'openClip' | 'closeClip'>;

export type ClipParts = {
  readonly clip: ClipId;
  readonly kind: Sound['kind'];
  readonly durationMs: number | null;
  /** Milliseconds; see Sound. */
  readonly decoded: Promise<Result<number, SoundFailure>>;
  /** Nobody will play it any more: closes the clip, stops what still fills it. Once. */
  readonly close: () => void;
};

export class SharedClip {
  readonly #parts: ClipParts;
  #durationMs: number | null;
  #uses = 0;
  #isKept = false;
  #isClosed = false;

  constructor(parts: ClipParts) {
    this.#parts = parts;
    this.#durationMs = parts.durationMs;
    void parts.decoded.then((result) => {
      if (result.ok && parts.kind === 'whole') this.#durationMs = result.value;
    });
  }

  /** REQUIRES: somebody has it, or it is kept. */
  sound(): Sound {
    assert(!this.#isClosed, 'a clip that is closed is given to nobody');
    const { clip, kind, decoded } = this.#parts;
    let isReleased = false;
    this.#uses += 1;
    return {
      clip,
      kind,
      durationMs: this.#durationMs,
      decoded,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#uses -= 1;
        this.#closeUnused();
      },
    };
  }

  /** May it be given to somebody? */
  isOpen(): boolean {
    return !this.#isClosed;
  }

  isPlayed(): boolean {
    return this.#uses > 0;
  }

  keep(): void {
    this.#isKept = true;
  }

  /** It is played by those who have it, and given to nobody else. */
  forget(): void {
    this.#isKept = false;
    this.#closeUnused();
  }

  #closeUnused(): void {
    if (this.#uses > 0 || this.#isKept || this.#isClosed) return;
    this.#isClosed = true;
    this.#parts.close();
  }
}
