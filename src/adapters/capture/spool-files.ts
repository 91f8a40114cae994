/** The disk under spools, as the thread that writes them sees it. Every call but `sync` waits for it, or throws. */
import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs';

export interface SpoolFiles {
  /** A descriptor of a new file, empty. */
  create(path: string): number;
  /** All of it, at this place. */
  write(file: number, bytes: Uint8Array, at: number): void;
  resize(file: number, bytes: number): void;
  /** Resolves once what was written survives a loss of power. */
  sync(file: number): Promise<void>;
  close(file: number): void;
}

export const diskFiles: SpoolFiles = {
  create: (path) => openSync(path, 'w', 0o600),
  write(file, bytes, at) {
    let done = 0;
    while (done < bytes.length) done += writeSync(file, bytes, done, bytes.length - done, at + done);
  },
  resize: (file, bytes) => ftruncateSync(file, bytes),
  sync: (file) =>
    new Promise((resolve, reject) => {
      fdatasync(file, (error) => (error === null ? resolve() : reject(error)));
    }),
  close: (file) => closeSync(file),
};
