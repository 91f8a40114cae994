import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chunkBytes, headBytes, tagBytes } from '../../recordings/sealed-file.js';
import { sealFile } from '../../worker/recordings/seal-file.js';
import { type AccountKeys, readAccountKeys } from './account-keys.js';
import { LocalStorage } from './local-storage.js';
import { SealedStorage } from './sealed-storage.js';
import { pieceBytesMax } from './storage.js';

const account = '11111111-1111-4111-8111-111111111111';
const key = `${account}/re/recording.wav`;
/** As long. */
const elsewhere = `${account}/re/different.wav`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-sealed-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Those asked of what keeps them. */
const ranges: (readonly [number, number])[] = [];

function storageWith(keys: AccountKeys | null): SealedStorage {
  const local = new LocalStorage(join(folder, 'kept'));
  return new SealedStorage({
    inner: {
      keep: (path, name) => local.keep(path, name),
      delete: (name) => local.delete(name),
      start: () => local.start(),
      close: () => local.close(),
      async open(name) {
        const kept = await local.open(name);
        if (kept === null) return null;
        return {
          ...kept,
          read(first, last) {
            ranges.push([first, last]);
            return kept.read(first, last);
          },
        };
      },
    },
    keysOf: (sid) => (sid === account ? keys : null),
    jobs: { sealFile },
  });
}

const keyOf = (name: string) => ({ name, key: new Uint8Array(randomBytes(32)) });
const kept = (name = key): string => join(folder, 'kept', name);

async function keep(storage: SealedStorage, bytes: Buffer, name = key): Promise<void> {
  const path = join(folder, 'made');
  writeFileSync(path, bytes);
  await storage.keep(path, name, { bytes: bytes.length, sha256: 'f'.repeat(64) });
  expect([existsSync(path), existsSync(`${path}.sealed`)]).toEqual([false, false]);
}

async function read(storage: SealedStorage, bytes: number, first = 0, last = bytes - 1, name = key): Promise<Buffer> {
  const open = await storage.open(name, bytes);
  if (open === null) return expect.fail('it is there');
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of open.read(first, last)) {
      expect(piece.length).toBeLessThanOrEqual(pieceBytesMax);
      pieces.push(piece);
    }
  } finally {
    await open.close();
  }
  return Buffer.concat(pieces);
}

describe('SealedStorage', () => {
  it.each([0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, chunkBytes * 3 + 7])(
    'gives back %i bytes as they were, and keeps none of them readable',
    async (count) => {
      const storage = storageWith([keyOf('k1')]);
      const bytes = Buffer.alloc(count, 'what was said ');
      await keep(storage, bytes);
      expect(readFileSync(kept()).includes('what was said')).toBe(false);
      const open = await storage.open(key, count);
      expect(open?.bytes).toBe(count);
      await open?.close();
      if (count > 0) expect((await read(storage, count)).equals(bytes)).toBe(true);
    },
  );

  it('opens no more than the chunks that a range touches', async () => {
    const storage = storageWith([keyOf('k1')]);
    const bytes = randomBytes(chunkBytes * 5 + 100);
    await keep(storage, bytes);
    const sealed = chunkBytes + tagBytes;
    for (const [first, last, from, to] of [
      [0, 0, 0, 1],
      [chunkBytes - 1, chunkBytes, 0, 2],
      [chunkBytes * 2, chunkBytes * 3 - 1, 2, 3],
      [chunkBytes * 5 + 99, chunkBytes * 5 + 99, 5, 6],
    ] as const) {
      ranges.length = 0;
      expect((await read(storage, bytes.length, first, last)).equals(bytes.subarray(first, last + 1))).toBe(true);
      const end = Math.min(headBytes + to * sealed, headBytes + bytes.length + 6 * tagBytes);
      expect(ranges).toEqual([
        [0, headBytes - 1],
        [headBytes + from * sealed, end - 1],
      ]);
    }
  });

  it('opens what an older key sealed, and seals with the first', async () => {
    const [older, newer] = [keyOf('k1'), keyOf('k2')];
    await keep(storageWith([older]), Buffer.from('of before'), `${account}/re/before.wav`);
    const rotated = storageWith([newer, older]);
    await keep(rotated, Buffer.from('of now'));
    expect((await read(rotated, 9, 0, 8, `${account}/re/before.wav`)).toString()).toBe('of before');
    expect((await read(storageWith([newer]), 6)).toString()).toBe('of now');
    await expect(storageWith([older]).open(key, 6)).rejects.toThrow('the account has no key k2');
    await expect(storageWith(null).open(key, 6)).rejects.toThrow('the account has no key k2');
    await expect(read(storageWith([keyOf('k2')]), 6)).rejects.toThrow();
  });

  it('leaves alone what the account has no key for, and opens what was kept before it had one', async () => {
    const bytes = randomBytes(1000);
    await keep(storageWith(null), bytes);
    expect(readFileSync(kept()).equals(bytes)).toBe(true);
    expect((await read(storageWith([keyOf('k1')]), bytes.length)).equals(bytes)).toBe(true);
  });

  it('notices any change, chunks in another order, a missing end, and a file in place of another', async () => {
    const storage = storageWith([keyOf('k1')]);
    const bytes = randomBytes(chunkBytes * 3);
    await keep(storage, bytes);
    const sealed = readFileSync(kept());
    const size = chunkBytes + tagBytes;
    const chunk = (index: number): Buffer => sealed.subarray(headBytes + index * size, headBytes + (index + 1) * size);
    const head = sealed.subarray(0, headBytes);
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(sealed);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    };
    const spoilt = [
      ...[9, 42, 48 + 7, 60, headBytes, headBytes + size - 1, sealed.length - 1].map(flipped),
      Buffer.concat([head, chunk(1), chunk(0), chunk(2)]),
      Buffer.concat([head, chunk(0), chunk(0), chunk(2)]),
      sealed.subarray(0, headBytes + 2 * size),
      sealed.subarray(0, sealed.length - 1),
      Buffer.concat([sealed, Buffer.alloc(1)]),
    ];
    for (const file of spoilt) {
      writeFileSync(kept(), file);
      await expect(read(storage, bytes.length)).rejects.toThrow();
    }
    await keep(storage, bytes, elsewhere);
    writeFileSync(kept(), readFileSync(kept(elsewhere)));
    await expect(read(storage, bytes.length)).rejects.toThrow();
  });
});

describe('readAccountKeys', () => {
  const encoded = randomBytes(32).toString('base64');

  it('reads names and keys, the first first', async () => {
    const file = join(folder, 'keys');
    writeFileSync(file, `# new since May\n k2 ${encoded}\n\nk1\t${randomBytes(32).toString('base64')}\n`);
    const read = await readAccountKeys(file);
    const keys = read.ok ? read.value : expect.fail(read.error);
    expect(keys.map(({ name }) => name)).toEqual(['k2', 'k1']);
    expect(Buffer.from(keys[0].key).toString('base64')).toBe(encoded);
  });

  it.each([
    ['nothing', '# nothing yet\n', 'there is no key in it'],
    ['a key without a name', encoded, 'line 1 is none'],
    ['a key that is too short', 'k1 c2hvcnQ=', 'line 1 is none'],
    ['a name twice', `k1 ${encoded}\nk1 ${encoded}`, 'two keys in it have one name'],
  ])('refuses %s, and tells no key', async (_what, text, why) => {
    const file = join(folder, 'keys');
    writeFileSync(file, text);
    const read = await readAccountKeys(file);
    const said = read.ok ? expect.fail('it is wrong') : read.error;
    expect(said).toContain(`${file} must hold`);
    expect(said).toContain(why);
    expect(said).not.toContain(encoded);
  });

  it('refuses a file that is not there', async () => {
    const read = await readAccountKeys(join(folder, 'none'));
    expect(read.ok ? '' : read.error).toContain('ENOENT');
  });
});
