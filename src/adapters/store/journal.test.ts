import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, conferenceSidOf } from '../../../test/support/callers.js';
import { epochMs } from '../../base/brands.js';
import { Journal } from './journal.js';

function journalOf(entries: number, entriesMax: number): Journal {
  const journal = new Journal(entriesMax);
  for (let index = 1; index <= entries; index += 1) {
    const atMs = epochMs(index);
    journal.append({
      accountSid: accountSidOf('acc'),
      conferenceSid: conferenceSidOf('conf1'),
      atMs,
      event: { kind: 'call-dialed', callSid: callSidOf('A'), atMs },
      traceId: '',
    });
  }
  return journal;
}

const page = (journal: Journal, cursor: bigint, limit = 100) => {
  const { entries, missed } = journal.after(cursor, limit);
  return { cursors: entries.map((entry) => Number(entry.cursor)), missed };
};

describe('Journal', () => {
  it('is at cursor 0 before anything happened', () => {
    expect(journalOf(0, 3).newest()).toBe(0n);
    expect(page(journalOf(0, 3), 0n)).toEqual({ cursors: [], missed: false });
  });

  it('reads on after a cursor, oldest first, no more than asked for', () => {
    const journal = journalOf(5, 10);
    expect(journal.newest()).toBe(5n);
    expect(page(journal, 0n)).toEqual({ cursors: [1, 2, 3, 4, 5], missed: false });
    expect(page(journal, 2n, 2)).toEqual({ cursors: [3, 4], missed: false });
    expect(page(journal, 5n)).toEqual({ cursors: [], missed: false });
  });

  it.each([4, 5, 6, 7, 8, 100])('keeps the newest three of %i, and says who missed some', (count) => {
    const journal = journalOf(count, 3);
    const kept = [count - 2, count - 1, count];
    expect(page(journal, BigInt(count - 3))).toEqual({ cursors: kept, missed: false });
    expect(page(journal, BigInt(count - 4))).toEqual({ cursors: kept, missed: true });
    expect(page(journal, BigInt(count - 1))).toEqual({ cursors: [count], missed: false });
  });

  it('starts anew for a cursor of another life', () => {
    expect(page(journalOf(2, 3), 700n)).toEqual({ cursors: [1, 2], missed: true });
  });
});
