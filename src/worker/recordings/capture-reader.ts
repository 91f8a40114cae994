/** The samples of a capture, a piece at a time: memory is the same however long it is. */
import { type FileHandle, open } from 'node:fs/promises';
import { wavDataOffset } from '../../recordings/wav-header.js';

const headBytes = 4096;
/** Of each channel. */
const samplesPerPiece = 16_384;

export type CaptureFormat = { readonly channels: number; readonly samples: number };

export class CaptureReader {
  readonly #file: FileHandle;
  readonly #format: CaptureFormat;
  readonly #offset: number;

  private constructor(file: FileHandle, format: CaptureFormat, offset: number) {
    this.#file = file;
    this.#format = format;
    this.#offset = offset;
  }

  /** Null for a file that is no audio. */
  static async open(path: string, format: CaptureFormat): Promise<CaptureReader | null> {
    const file = await open(path, 'r');
    const head = Buffer.alloc(headBytes);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const offset = wavDataOffset(head.subarray(0, bytesRead));
    if (offset !== null) return new CaptureReader(file, format, offset);
    await file.close();
    return null;
  }

  /** From `first` to before `end`, interleaved; what is not in the file is silence. The array is used again. */
  async *samples(first: number, end: number): AsyncGenerator<Int16Array> {
    const { channels } = this.#format;
    const bytesPerSample = channels * 2;
    const piece = new Int16Array(samplesPerPiece * channels);
    const bytes = new Uint8Array(piece.buffer);
    for (let at = first; at < end; at += samplesPerPiece) {
      const wanted = Math.min(samplesPerPiece, end - at) * bytesPerSample;
      let had = 0;
      while (had < wanted) {
        const position = this.#offset + at * bytesPerSample + had;
        const { bytesRead } = await this.#file.read(bytes, had, wanted - had, position);
        if (bytesRead === 0) break;
        had += bytesRead;
      }
      bytes.fill(0, had, wanted);
      yield piece.subarray(0, wanted / 2);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
