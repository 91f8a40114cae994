/** Lists without filters, as far as a page goes. */
import type { ConferenceFilter, ConferenceView } from '../../src/app/conferences/conference-lists.js';
import { newestFirst, oldestFirst, type Page, type PageRequest, type Position, pageOf } from '../../src/app/paging.js';
import type { Store } from '../../src/app/ports.js';
import type { AccountSid } from '../../src/base/brands.js';

export const anyConference: ConferenceFilter = {
  ...{ room: null, status: null, createdFromMs: null, createdUntilMs: null },
  ...{ updatedFromMs: null, updatedUntilMs: null },
};

export const firstPage: PageRequest = { size: 1000, start: null };

/** With everybody in them. */
export async function listedIn(store: Store, accountSid: AccountSid): Promise<readonly ConferenceView[]> {
  const { items } = await store.conferences(accountSid, anyConference, firstPage);
  const known = await Promise.all(items.map(({ conferenceSid }) => store.conference(accountSid, conferenceSid)));
  return known.flatMap((state) => (state === null || state.phase === 'absent' ? [] : [state]));
}

/** All there is, on one page. */
export const onePage = <T>(items: readonly T[]): Page<T> => ({ items, next: null, previous: null });

/** A page of what a double has, as the application would have made it. */
export const pageFrom = <T>(
  items: readonly T[],
  page: PageRequest,
  order: 'newest-first' | 'oldest-first',
  positionOf: (item: T) => Position,
): Page<T> => pageOf(items, page, { positionOf, comesAfter: order === 'newest-first' ? newestFirst : oldestFirst });
