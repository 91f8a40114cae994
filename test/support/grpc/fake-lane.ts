/** A lane without an engine: a test plays its frames and says what its leg hears. */
import { laneFramesMax } from '../../../src/media/engine-layout.js';
import type { Lane } from '../../../src/media/engine-port.js';

export class FakeLane implements Lane {
  /** Written and not yet played. */
  readonly ahead: Uint8Array[] = [];
  /** To be read. */
  readonly heard: Uint8Array[] = [];
  /** Frames among those in which somebody speaks. */
  readonly voiced = new Set<Uint8Array>();
  #hadVoice = false;
  #written = 0;

  write(frame: Uint8Array): boolean {
    if (this.ahead.length >= laneFramesMax) return false;
    this.ahead.push(Uint8Array.from(frame));
    this.#written += 1;
    return true;
  }

  read(): Uint8Array | null {
    const frame = this.heard.shift() ?? null;
    this.#hadVoice = frame !== null && this.voiced.has(frame);
    return frame;
  }

  hadVoice(): boolean {
    return this.#hadVoice;
  }

  written(): number {
    return this.#written;
  }

  played(): number {
    return this.#written - this.ahead.length;
  }

  clear(): void {
    this.ahead.length = 0;
  }

  /** The engine takes up to `count` frames; their first bytes. */
  play(count: number): readonly number[] {
    return this.ahead.splice(0, count).map(([first]) => first ?? -1);
  }
}
