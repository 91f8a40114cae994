/** The clips of an engine that plays nothing: a test takes the memory of one and plays it. */
import type { ClipTable } from '../../src/adapters/sound/clip.js';
import { assert } from '../../src/base/assert.js';
import { ok } from '../../src/base/result.js';
import { withdrawClip } from '../../src/media/clip-memory.js';
import type { ClipId } from '../../src/media/engine-port.js';
import { ClipPlayer } from './clip-player.js';

export class RecordingClips implements ClipTable {
  readonly #open = new Map<ClipId, SharedArrayBuffer>();
  #next = 0;

  openClip(memory: SharedArrayBuffer): ReturnType<ClipTable['openClip']> {
    this.#next += 1;
    // A fake may number its clips, too.
    const clip = this.#next as ClipId;
    this.#open.set(clip, memory);
    return ok(clip);
  }

  closeClip(clip: ClipId): void {
    withdrawClip(this.memory(clip));
    this.#open.delete(clip);
  }

  /** Bytes, the head included. */
  memory(clip: ClipId): SharedArrayBuffer {
    const memory = this.#open.get(clip);
    assert(memory !== undefined, 'the clip is open');
    return memory;
  }

  player(clip: ClipId): ClipPlayer {
    return new ClipPlayer(this.memory(clip));
  }

  count(): number {
    return this.#open.size;
  }
}
