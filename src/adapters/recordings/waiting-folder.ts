/**
 * What a store of objects has not done yet, on the disk of this machine: files that it is to be given, and names of
 * what it is to delete. Everything said here survives a crash once it resolves.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { syncFolder } from './local-storage.js';

const folderMode = 0o700;
const fileMode = 0o600;

const common = {
  key: z.string().min(1).max(1024),
  /** Tells this one from every other that has or had the key. */
  mark: z.uuid(),
  /** Milliseconds since the epoch. */
  sinceMs: z.number(),
};

const waitingFile = z.strictObject({
  kind: z.literal('file'),
  ...common,
  /** Of the file as it lies here. */
  bytes: z.int().min(0),
  /** Of what it was made from, which is what it is unless it is encrypted. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** What was begun of it in parts. */
  upload: z.strictObject({ id: z.string().min(1), partBytes: z.int().min(1) }).nullable(),
});

const waitingDeletion = z.strictObject({ kind: z.literal('deletion'), ...common });

const waiting = z.discriminatedUnion('kind', [waitingFile, waitingDeletion]);

export type WaitingFile = Readonly<z.output<typeof waitingFile>>;
export type WaitingDeletion = Readonly<z.output<typeof waitingDeletion>>;
export type Waiting = WaitingFile | WaitingDeletion;

export type WaitingLeft = {
  /** In the order in which they came. */
  readonly waiting: readonly Waiting[];
  /** Names of files that are not understood; they are left as they are. */
  readonly strange: readonly string[];
};

export class WaitingFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What a process before this one left. Data without an entry was never promised to anybody and goes. */
  async start(): Promise<WaitingLeft> {
    await mkdir(this.#folder, { recursive: true, mode: folderMode });
    const found: Waiting[] = [];
    const strange: string[] = [];
    const names = await readdir(this.#folder);
    for (const name of names.filter((each) => each.endsWith('.json'))) {
      const entry = parsed(await readFile(join(this.#folder, name), 'utf8'));
      if (entry === null || `${entry.mark}.json` !== name) strange.push(name);
      else found.push(entry);
    }
    const kept = new Set([...found.map(({ mark }) => mark), ...strange.map((name) => name.replace(/\.json$/, ''))]);
    for (const name of names) {
      const [mark = '', ...rest] = name.split('.');
      const isOurs = rest.join('.') === 'data' || rest.join('.') === 'json.new';
      if (isOurs && (rest[0] === 'json' || !kept.has(mark))) await rm(join(this.#folder, name), { force: true });
    }
    found.sort((a, b) => a.sinceMs - b.sinceMs);
    return { waiting: found, strange };
  }

  /** Takes the file at `path`, which is on the same disk, from there. */
  async addFile(path: string, entry: WaitingFile): Promise<void> {
    await rename(path, this.pathOf(entry));
    await this.#write(entry);
  }

  addDeletion(entry: WaitingDeletion): Promise<void> {
    return this.#write(entry);
  }

  /** In place of what was said of it before. */
  update(entry: Waiting): Promise<void> {
    return this.#write(entry);
  }

  /** Its entry first: one without its file would be waited for in vain. */
  async remove(entry: Waiting): Promise<void> {
    await rm(join(this.#folder, `${entry.mark}.json`), { force: true });
    if (entry.kind === 'file') await rm(this.pathOf(entry), { force: true });
  }

  pathOf({ mark }: WaitingFile): string {
    return join(this.#folder, `${mark}.data`);
  }

  async #write(entry: Waiting): Promise<void> {
    const path = join(this.#folder, `${entry.mark}.json`);
    const file = await open(`${path}.new`, 'w', fileMode);
    try {
      await file.writeFile(JSON.stringify(entry));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    await syncFolder(this.#folder);
  }
}

function parsed(text: string): Waiting | null {
  try {
    const read = waiting.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
