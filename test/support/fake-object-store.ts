/** A store of objects in memory that can be away, refuse, and lose its answers. */
import { readFileSync } from 'node:fs';
import type { FileSlice, ObjectStore, StoredObject, StoredPart } from '../../src/adapters/recordings/object-store.js';

type Upload = { readonly key: string; readonly mark: string; readonly parts: Map<number, Buffer> };
type Operation = 'check' | 'stat' | 'read' | 'delete' | 'put' | 'begin' | 'parts' | 'part' | 'complete' | 'abort';

export class FakeObjectStore implements ObjectStore {
  readonly objects = new Map<string, { readonly bytes: Buffer; readonly mark: string }>();
  readonly begun = new Map<string, Upload>();
  /** All that was asked for, in order. */
  readonly asked: string[] = [];
  isAway = false;
  /** Thrown by the next operations of that name, one each, before they do anything. */
  readonly failures: { readonly at: Operation; readonly error: Error }[] = [];
  /** As those, but once it is done: the answer is lost. */
  readonly lost: Operation[] = [];
  /** Parts wait until it is called; null: they do not. */
  hold: Promise<void> | null = null;

  check(): Promise<void> {
    return this.#do('check', '', () => {});
  }

  stat(key: string): Promise<StoredObject | null> {
    return this.#do('stat', key, () => {
      const found = this.objects.get(key);
      return found === undefined ? null : { bytes: found.bytes.length, storedAtMs: 7000, mark: found.mark };
    });
  }

  async *read(key: string, first: number, last: number): AsyncGenerator<Uint8Array> {
    const bytes = await this.#do('read', `${key} ${first}-${last}`, () => this.objects.get(key)?.bytes);
    if (bytes === undefined) throw new Error('there is no such object');
    yield bytes.subarray(first, last + 1);
  }

  delete(key: string): Promise<void> {
    return this.#do('delete', key, () => {
      this.objects.delete(key);
    });
  }

  put(key: string, slice: FileSlice, mark: string): Promise<void> {
    return this.#do('put', key, () => {
      this.objects.set(key, { bytes: bytesOf(slice), mark });
    });
  }

  begin(key: string, mark: string): Promise<string> {
    return this.#do('begin', key, () => {
      const name = `upload-${this.asked.length}`;
      this.begun.set(name, { key, mark, parts: new Map() });
      return name;
    });
  }

  parts(key: string, upload: string): Promise<ReadonlyMap<number, StoredPart> | null> {
    return this.#do('parts', key, () => {
      const found = this.begun.get(upload);
      if (found === undefined) return null;
      return new Map([...found.parts].map(([number, { length }]) => [number, { bytes: length, etag: `e${number}` }]));
    });
  }

  async putPart(
    key: string,
    upload: string,
    number: number,
    slice: FileSlice,
    signal: AbortSignal,
  ): Promise<StoredPart> {
    if (this.hold !== null) {
      await Promise.race([this.hold, new Promise((_, reject) => signal.addEventListener('abort', reject))]);
    }
    return this.#do('part', `${key} ${number}`, () => {
      this.begun.get(upload)?.parts.set(number, bytesOf(slice));
      return { bytes: slice.end - slice.first, etag: `e${number}` };
    });
  }

  complete(key: string, upload: string, parts: ReadonlyMap<number, StoredPart>): Promise<void> {
    return this.#do('complete', key, () => {
      const found = this.begun.get(upload);
      if (found === undefined) throw new Error('there is no such upload');
      const bytes = Buffer.concat([...parts.keys()].map((number) => found.parts.get(number) ?? Buffer.alloc(0)));
      this.objects.set(key, { bytes, mark: found.mark });
      this.begun.delete(upload);
    });
  }

  abort(key: string, upload: string): Promise<void> {
    return this.#do('abort', key, () => {
      this.begun.delete(upload);
    });
  }

  async uploads(key: string): Promise<readonly string[]> {
    if (this.isAway) throw new Error('the store is away');
    return [...this.begun].flatMap(([name, upload]) => (upload.key === key ? [name] : []));
  }

  refusalOf(error: unknown): string | null {
    return error instanceof Error && error.message === 'refused' ? 'look at the credentials' : null;
  }

  close(): void {}

  /** How often that was asked for. */
  count(operation: Operation): number {
    return this.asked.filter((each) => each.startsWith(`${operation} `)).length;
  }

  async #do<T>(operation: Operation, what: string, action: () => T): Promise<T> {
    this.asked.push(`${operation} ${what}`);
    if (this.isAway) throw new Error('the store is away');
    const failing = this.failures.findIndex(({ at }) => at === operation);
    const [failure] = failing < 0 ? [] : this.failures.splice(failing, 1);
    if (failure !== undefined) throw failure.error;
    const result = action();
    const losing = this.lost.indexOf(operation);
    if (losing < 0) return result;
    this.lost.splice(losing, 1);
    throw new Error('the answer was lost');
  }
}

const bytesOf = ({ path, first, end }: FileSlice): Buffer => readFileSync(path).subarray(first, end);
