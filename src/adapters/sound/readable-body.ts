/** A body that comes from a file or a program of this machine. */
import type { Readable } from 'node:stream';
import type { SoundFailure } from '../../app/sounds/sound-port.js';
import type { WebBody, WebPiece } from '../../app/web-content.js';

/** `ended`: whether its end was one, once there is nothing more to read. Whatever breaks on the way is `failure`. */
export function readableBody(stream: Readable, ended: () => Promise<boolean>, failure: SoundFailure): WebBody {
  const pieces = stream.iterator({ destroyOnReturn: true });
  let last: Exclude<WebPiece, { kind: 'bytes' }> | null = null;
  return {
    async read() {
      if (last !== null) return last;
      try {
        const { done, value } = await pieces.next();
        if (done !== true) return { kind: 'bytes', bytes: value };
        last = (await ended()) ? { kind: 'end' } : { kind: 'failed', failure };
      } catch {
        last = { kind: 'failed', failure };
      }
      return last;
    },
    cancel: () => {
      last ??= { kind: 'end' };
      stream.destroy();
    },
  };
}
