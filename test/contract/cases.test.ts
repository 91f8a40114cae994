/** That each of the 66 cases of CONTRACT §8.9 is a test by its number, or waits for something that is named here. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const cases = Array.from({ length: 66 }, (_, index) => index + 1);

/** What the case waits for. */
const waiting: Readonly<Record<number, string>> = {
  13: 'the REST API',
  32: 'beeps',
  40: 'wait documents',
  42: 'wait documents',
  43: 'wait documents',
  ...Object.fromEntries([55, 56, 57, 58, 59, 60, 61].map((number) => [number, 'recordings'])),
  ...Object.fromEntries([62, 63, 64, 66].map((number) => [number, 'the REST API'])),
};

/** Decided and tested in the core, and to be heard: titles say `in the core`. */
const half: Readonly<Record<number, string>> = { 31: 'beeps', 41: 'wait documents', 45: 'wait documents' };

const testsIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));

const title = /\bcases? (\d+(?:, \d+)*)(, in the core)?:/g;

/** Numbers in the titles of tests; `whole` are those that say no more than the number. */
function named(): { readonly all: ReadonlySet<number>; readonly whole: ReadonlySet<number> } {
  const found = [...testsIn('src'), ...testsIn('test')].flatMap((text) =>
    [...text.matchAll(title)].flatMap(([, numbers = '', core]) =>
      numbers.split(', ').map((number) => ({ number: Number(number), isWhole: core === undefined })),
    ),
  );
  return {
    all: new Set(found.map(({ number }) => number)),
    whole: new Set(found.flatMap(({ number, isWhole }) => (isWhole ? [number] : []))),
  };
}

it('every case is tested by its number, or waits for what is named', () => {
  const { all } = named();
  expect(cases.filter((number) => !all.has(number))).toEqual(Object.keys(waiting).map(Number));
  expect([...all].filter((number) => !cases.includes(number))).toEqual([]);
});

it('a case that is tested in the core alone is named as such', () => {
  const { all, whole } = named();
  expect(cases.filter((number) => all.has(number) && !whole.has(number))).toEqual(Object.keys(half).map(Number));
});
