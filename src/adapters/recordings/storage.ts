/** Where files of recordings are kept for good: a folder, or a store of objects. Keys have `/` between their parts. */

/** What is known of a file before it is kept. */
export type FileFacts = {
  readonly bytes: number;
  /** Of what was made of the recording, 64 hexadecimal digits: two with the same are the same file. */
  readonly sha256: string;
};

/** A file that is kept, open. */
export type KeptFile = {
  readonly bytes: number;
  /** When it was kept, milliseconds since the epoch. */
  readonly keptAtMs: number;
  /** From `first` to `last`, both included, in pieces of at most `pieceBytesMax`. Throws when it is gone. */
  read(first: number, last: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
};

export const pieceBytesMax = 65_536;

export interface Storage {
  /**
   * Takes the file at `path`, which is on the same disk as the folder of recordings, from there. Once it resolves the
   * file survives a crash, and `open` finds it. In place of one that had the key. It may take as long as a store is
   * away; rejects when the storage closes before.
   */
  keep(path: string, key: string, facts: FileFacts): Promise<void>;
  /** `bytes`: its length when it was kept. Null: there is none. Rejects when that cannot be known, or not read, now. */
  open(key: string, bytes: number): Promise<KeptFile | null>;
  /** Once it resolves `open` finds it no more. One that is not there is deleted already. */
  delete(key: string): Promise<void>;
  /** Goes on with what the last process left half done. */
  start(): Promise<void>;
  close(): Promise<void>;
}
