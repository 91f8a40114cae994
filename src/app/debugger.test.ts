import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf } from '../../test/support/callers.js';
import { recordingMetrics } from '../../test/support/silent.js';
import { epochMs } from '../base/brands.js';
import type { Finding } from '../cxml/finding.js';
import { Debugger, type FindingFilter, findingsPerAccountMax } from './debugger.js';

const accountSid = accountSidOf('acc');
const finding: Finding = { code: 13_235, level: 'warning', where: '/', message: 'odd', keepsOut: false };

function debuggerWith(count: number) {
  const metrics = recordingMetrics();
  const desk = new Debugger(metrics);
  for (let number = 1; number <= count; number += 1) {
    desk.note(accountSid, {
      atMs: epochMs(number),
      callSid: callSidOf('A'),
      conferenceSid: null,
      finding,
      source: null,
    });
  }
  const pages = (limit: number): readonly (readonly number[])[] => {
    const seen: number[][] = [];
    let before: number | null = null;
    do {
      const page = desk.list(accountSid, before, limit);
      seen.push(page.entries.map(({ atMs }) => atMs));
      before = page.next;
    } while (before !== null);
    return seen;
  };
  return { desk, pages, metrics };
}

describe('Debugger', () => {
  it('lists the newest first, page by page', () => {
    expect(debuggerWith(5).pages(2)).toEqual([[5, 4], [3, 2], [1]]);
    expect(debuggerWith(4).pages(2)).toEqual([
      [4, 3],
      [2, 1],
    ]);
    expect(debuggerWith(0).pages(2)).toEqual([[]]);
  });

  it('shows an account its own alone', () => {
    const { desk } = debuggerWith(3);
    expect(desk.list(accountSidOf('acc2'), null, 10)).toEqual({ entries: [], next: null });
  });

  it('counts for each account alone, so that nothing can be learnt of others', () => {
    const { desk } = debuggerWith(3);
    const [accountB, noted] = [accountSidOf('acc2'), desk.list(accountSid, null, 1).entries[0]];
    desk.note(accountB, noted ?? expect.fail('nothing was noted'));
    expect(desk.list(accountB, null, 1).entries[0]?.number).toBe(1);
  });

  it('shows of a page only what matches', () => {
    const { desk } = debuggerWith(5);
    const at = (filter: FindingFilter) => desk.list(accountSid, null, 2, filter).entries.map(({ atMs }) => atMs);
    expect(at({ fromMs: epochMs(2), untilMs: epochMs(3) })).toEqual([3, 2]);
    expect(at({ level: 'error' })).toEqual([]);
    expect(at({ level: 'warning', callSid: callSidOf('A') })).toEqual([5, 4]);
    expect(at({ callSid: callSidOf('B') })).toEqual([]);
    expect(desk.list(accountSid, null, 1, { untilMs: epochMs(2) })).toMatchObject({ next: 2 });
  });

  it('forgets the oldest beyond its bound, and counts them', () => {
    const { pages, metrics } = debuggerWith(findingsPerAccountMax + 2);
    const [all] = pages(findingsPerAccountMax * 2);
    expect(all).toHaveLength(findingsPerAccountMax);
    expect(all?.at(-1)).toBe(3);
    expect(metrics.value('parley_findings_forgotten_total')).toBe(2);
  });
});
