/** Whether there is space for new recordings: those that run must be able to go on before the disk is full. */
import type { Cancel, Clock, Logger } from '../../base/ports.js';
import type { Metrics } from '../metrics.js';
import type { RecorderPort } from './recorder-port.js';

const lookMs = 5000;

export type SpaceGuardParts = {
  readonly recorders: Pick<RecorderPort, 'freeBytes'>;
  /** New recordings are refused below this. */
  readonly freeBytesMin: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

export class SpaceGuard {
  readonly #parts: SpaceGuardParts;
  #hasSpace = true;
  #cancel: Cancel = () => {};
  #isStopped = false;

  constructor(parts: SpaceGuardParts) {
    this.#parts = parts;
  }

  /** What cannot be known keeps nobody from recording. */
  readonly hasSpace = (): boolean => this.#hasSpace;

  /** Resolves once it is known. */
  async start(): Promise<void> {
    const { recorders, clock, logger } = this.#parts;
    const free = await recorders.freeBytes().catch((error: unknown) => {
      logger.warn('free-space-unknown', { error });
      return null;
    });
    this.#become(free);
    if (this.#isStopped) return;
    this.#cancel = clock.after(lookMs, () => {
      void this.start();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #become(freeBytes: number | null): void {
    const { metrics, logger, freeBytesMin } = this.#parts;
    metrics.set('parley_recordings_disk_free_bytes', {}, freeBytes ?? 0);
    const hasSpace = freeBytes === null || freeBytes >= freeBytesMin;
    if (hasSpace === this.#hasSpace) return;
    this.#hasSpace = hasSpace;
    if (hasSpace) logger.info('recordings-have-space-again', { freeBytes });
    else logger.error('recordings-without-space', { freeBytes, freeBytesMin });
  }
}
