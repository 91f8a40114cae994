import { describe, expect, it } from 'vitest';
import { newestFirst, type PageStart, pageOf } from './paging.js';

type Item = { readonly atMs: number; readonly sid: string };

const order = { positionOf: (item: Item) => item, comesAfter: newestFirst };
/** Three of one moment among them. */
const items: readonly Item[] = [9, 8, 5, 5, 5, 3, 1].map((atMs, index) => ({ atMs, sid: 'abcdefg'.charAt(index) }));

const names = (size: number, start: PageStart, of = items) => {
  const page = pageOf(of, { size, start }, order);
  return [page.items.map(({ sid }) => sid).join(''), page.previous?.sid ?? '-', page.next?.sid ?? '-'];
};
const at = (sid: string): Item => items.find((item) => item.sid === sid) ?? expect.fail('no such item');

describe('pageOf', () => {
  it('goes forth and back over the whole list', () => {
    expect(names(3, null)).toEqual(['abc', '-', 'c']);
    expect(names(3, { side: 'after', position: at('c') })).toEqual(['def', 'd', 'f']);
    expect(names(3, { side: 'after', position: at('f') })).toEqual(['g', 'g', '-']);
    expect(names(3, { side: 'before', position: at('g') })).toEqual(['def', 'd', 'f']);
    expect(names(3, { side: 'before', position: at('d') })).toEqual(['abc', '-', 'c']);
  });

  it('has fewer before an item that is near the beginning', () => {
    expect(names(3, { side: 'before', position: at('c') })).toEqual(['ab', '-', 'b']);
    expect(names(3, { side: 'before', position: at('a') })).toEqual(['', '-', '-']);
  });

  it('neither repeats nor hides others when the item it is to begin behind has gone, or others came', () => {
    const without = items.filter(({ sid }) => sid !== 'f');
    expect(names(3, { side: 'after', position: at('f') }, without)).toEqual(['g', 'g', '-']);
    expect(names(3, { side: 'before', position: at('f') }, without)).toEqual(['cde', 'c', 'e']);
    const more = [{ atMs: 10, sid: 'z' }, ...items];
    expect(names(3, { side: 'after', position: at('c') }, more)).toEqual(['def', 'd', 'f']);
  });

  it('counts from the beginning where nobody knows an item', () => {
    expect(names(3, { side: 'skip', count: 3 })).toEqual(['def', 'd', 'f']);
    expect(names(3, { side: 'skip', count: 6 })).toEqual(['g', 'g', '-']);
    expect(names(3, { side: 'skip', count: 1_000_000 })).toEqual(['', '-', '-']);
  });

  it('is empty behind the last and in an empty list', () => {
    expect(names(3, { side: 'after', position: at('g') })).toEqual(['', '-', '-']);
    expect(names(3, { side: 'after', position: at('c') }, [])).toEqual(['', '-', '-']);
    expect(names(3, { side: 'before', position: at('c') }, [])).toEqual(['', '-', '-']);
    expect(names(3, null, [])).toEqual(['', '-', '-']);
  });
});
