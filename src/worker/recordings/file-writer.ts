/** Writing one file of a recording: its size and checksum are known when it is on the disk. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { RecordingFile, RecordingPart } from '../../recordings/recording.js';

const pieceBytes = 1 << 20;

export class FileWriter {
  readonly #file: FileHandle;
  readonly #part: RecordingPart;
  #bytes = 0;

  private constructor(file: FileHandle, part: RecordingPart) {
    this.#file = file;
    this.#part = part;
  }

  /** Writes it anew. */
  static async open(path: string, part: RecordingPart): Promise<FileWriter> {
    return new FileWriter(await open(path, 'w+', 0o600), part);
  }

  async add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#bytes);
      at += bytesWritten;
      this.#bytes += bytesWritten;
    }
  }

  /** In place of what was written first. */
  async replaceHead(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    await this.#file.write(bytes, 0, bytes.length, 0);
  }

  /** Resolves once it is on the disk. */
  async done(): Promise<RecordingFile> {
    await this.#file.sync();
    const hash = createHash('sha256');
    const piece = Buffer.alloc(pieceBytes);
    for (let at = 0; at < this.#bytes; ) {
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new Error('a file of a recording is shorter than what was written');
      hash.update(piece.subarray(0, bytesRead));
      at += bytesRead;
    }
    return { part: this.#part, bytes: this.#bytes, sha256: hash.digest('hex') };
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
