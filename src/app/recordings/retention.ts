/** Recordings that are too old, or more than an account may keep, are deleted with their files, the oldest first. */
import { epochMs } from '../../base/brands.js';
import type { Cancel, Clock, Logger } from '../../base/ports.js';
import type { RecordingStore } from '../ports.js';
import type { RecordingDesk } from './recording-desk.js';

const lookMs = 60_000;

export type RetentionParts = {
  readonly store: Pick<RecordingStore, 'recordingsBeyond'>;
  readonly desk: Pick<RecordingDesk, 'delete'>;
  /** Null: however old they are. */
  readonly ageMsMax: number | null;
  /** Of all files of an account; null: however much. */
  readonly bytesMax: number | null;
  readonly clock: Clock;
  readonly logger: Logger;
};

export class Retention {
  readonly #parts: RetentionParts;
  #cancel: Cancel = () => {};
  #isStopped = false;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** Looks now, and again and again. Resolves after the first look. */
  async start(): Promise<void> {
    const { ageMsMax, bytesMax, clock, logger } = this.#parts;
    if (ageMsMax === null && bytesMax === null) return;
    await this.#look().catch((error: unknown) => logger.warn('retention-failed', { error }));
    if (this.#isStopped) return;
    this.#cancel = clock.after(lookMs, () => {
      void this.start();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** Until nothing is beyond any more, or something cannot be deleted. */
  async #look(): Promise<void> {
    const { store, desk, ageMsMax, bytesMax, clock, logger } = this.#parts;
    const createdBeforeMs = ageMsMax === null ? null : epochMs(clock.now() - ageMsMax);
    for (;;) {
      const beyond = await store.recordingsBeyond({ createdBeforeMs, bytesMax });
      if (beyond.length === 0 || this.#isStopped) return;
      for (const { accountSid, sid } of beyond) {
        const deleted = await desk.delete(accountSid, sid, 'retention');
        if (deleted.ok) continue;
        logger.warn('recording-not-deleted', { recordingSid: sid, why: deleted.error.kind });
        return;
      }
    }
  }
}
