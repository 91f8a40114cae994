/** How long a decoder may go on without a sample: pictures of albums are large, and broken files send it astray. */

const bytesMax = 16 * 1024 * 1024;
/** Of its own work, waiting for the body not counted. A sound that is none has its thread no longer than this. */
const workMsMax = 5000;

export class Patience {
  #bytes = 0;
  #workMs = 0;

  /** It took so much, and so long for it, and gave nothing. */
  spend(bytes: number, workMs: number): void {
    this.#bytes += bytes;
    this.#workMs += workMs;
  }

  /** A sample came. */
  renew(): void {
    this.#bytes = 0;
    this.#workMs = 0;
  }

  isOver(): boolean {
    return this.#bytes > bytesMax || this.#workMs > workMsMax;
  }
}
