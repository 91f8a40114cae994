/**
 * A store of objects as files of recordings need it: whole objects, large ones in numbered parts, ranges of them. Every
 * method rejects while the store is away or refuses; what that means is asked of `refusalOf`.
 */

/** The bytes of a file on this machine from `first` to before `end`. */
export type FileSlice = { readonly path: string; readonly first: number; readonly end: number };

export type StoredObject = {
  readonly bytes: number;
  readonly storedAtMs: number;
  /** As it was given when it was stored; null: by somebody else. */
  readonly mark: string | null;
};

/** A part that the store has. */
export type StoredPart = { readonly bytes: number; readonly etag: string };

export interface ObjectStore {
  /** Resolves when the bucket is there and may be used. */
  check(): Promise<void>;
  /** Null: there is none. */
  stat(key: string): Promise<StoredObject | null>;
  /** From `first` to `last`, both included. Rejects when there are fewer bytes. */
  read(key: string, first: number, last: number): AsyncIterable<Uint8Array>;
  /** One that is not there is deleted already. */
  delete(key: string): Promise<void>;
  /** All of it at once, in place of one that had the key. `mark`: 1 to 64 letters, digits and hyphens. */
  put(key: string, slice: FileSlice, mark: string, signal: AbortSignal): Promise<void>;
  /** Begins an upload in parts, and names it. */
  begin(key: string, mark: string): Promise<string>;
  /** Those that the store has, by number; null: it knows of no such upload. */
  parts(key: string, upload: string): Promise<ReadonlyMap<number, StoredPart> | null>;
  /** The store has it once this resolves, whole: it was sent with a checksum. `number`: 1 to `partsMax`. */
  putPart(key: string, upload: string, number: number, slice: FileSlice, signal: AbortSignal): Promise<StoredPart>;
  /** The object is there once this resolves, made of these parts, first to last. */
  complete(key: string, upload: string, parts: ReadonlyMap<number, StoredPart>): Promise<void>;
  /** One that is not there is aborted already. */
  abort(key: string, upload: string): Promise<void>;
  /** Those begun of this key and neither completed nor aborted. */
  uploads(key: string): Promise<readonly string[]>;
  /** What to do about an error of these, where somebody must act: credentials, the bucket. Null: wait. */
  refusalOf(error: unknown): string | null;
  close(): void;
}

export const partsMax = 10_000;
