/**
 * Pages of a list whose order does not change. A page begins behind, or ends before, an item that is named by when and
 * which, so that items that come or go between two pages neither repeat nor hide others.
 */

/** `atMs` is what the list is ordered by; `sid` tells those of one moment apart. */
export type Position = { readonly atMs: number; readonly sid: string };

/** Null: from the beginning of the list; `skip`: so many items from there. */
export type PageStart =
  | { readonly side: 'after' | 'before'; readonly position: Position }
  | { readonly side: 'skip'; readonly count: number }
  | null;

/** `size` is 1 or more. */
export type PageRequest = { readonly size: number; readonly start: PageStart };

export type Page<T> = {
  readonly items: readonly T[];
  /** The last item, when there are more behind it. */
  readonly next: Position | null;
  /** The first item, when there are more before it. */
  readonly previous: Position | null;
};

export type ListOrder<T> = {
  readonly positionOf: (item: T) => Position;
  /** Whether an item is later in the order of the list than a position no longer in it. */
  readonly comesAfter: (item: Position, position: Position) => boolean;
};

/** Of lists whose newest come first, and of those whose oldest do. */
export const newestFirst = (item: Position, position: Position): boolean => item.atMs < position.atMs;
export const oldestFirst = (item: Position, position: Position): boolean => item.atMs > position.atMs;

export function pageOf<T>(items: readonly T[], { size, start }: PageRequest, order: ListOrder<T>): Page<T> {
  const [begin, end] = boundsOf(items, size, start, order);
  const page = items.slice(begin, end);
  const [first, last] = [page[0], page.at(-1)];
  return {
    items: page,
    next: last !== undefined && end < items.length ? order.positionOf(last) : null,
    previous: first !== undefined && begin > 0 ? order.positionOf(first) : null,
  };
}

function boundsOf<T>(
  items: readonly T[],
  size: number,
  start: PageStart,
  { positionOf, comesAfter }: ListOrder<T>,
): readonly [number, number] {
  if (start === null || start.side === 'skip') {
    const begin = Math.min(start?.count ?? 0, items.length);
    return [begin, Math.min(begin + size, items.length)];
  }
  const { sid, atMs } = start.position;
  const isThere = (item: Position): boolean => item.sid === sid && item.atMs === atMs;
  // By sid first: items of one moment stand in an order of their own.
  const positions = items.map(positionOf);
  const itself = positions.findIndex(isThere);
  const later = itself < 0 ? positions.findIndex((item) => comesAfter(item, start.position)) : itself;
  const at = later < 0 ? items.length : later;
  if (start.side === 'before') return [Math.max(0, at - size), at];
  const begin = itself < 0 ? at : at + 1;
  return [begin, Math.min(begin + size, items.length)];
}
