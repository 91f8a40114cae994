import { describe, expect, it } from 'vitest';
import type { Random } from './ports.js';
import { newTrace, parseTraceparent, traceparentOf } from './trace.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';
const filledWith = (byte: number): Random => ({
  bytes: (count) => new Uint8Array(count).fill(byte),
  fraction: () => 0,
});

describe('parseTraceparent', () => {
  it.each([
    [`00-${traceId}-${parentId}-01`, true],
    [`00-${traceId}-${parentId}-00`, false],
    [`00-${traceId}-${parentId}-fe`, false],
    [` 00-${traceId}-${parentId}-03 `, true],
    [`01-${traceId}-${parentId}-01-more`, true],
  ])('reads %j', (text, isSampled) => {
    expect(parseTraceparent(text)).toEqual({ traceId, isSampled });
  });

  it.each([
    '',
    'trace',
    `ff-${traceId}-${parentId}-01`,
    `00-${traceId}-${parentId}`,
    `00-${traceId}-${parentId}-01-more`,
    `00-${'0'.repeat(32)}-${parentId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${parentId}-01`,
    `00-${traceId}-${parentId}-0g`,
  ])('does not take %j for one', (text) => {
    expect(parseTraceparent(text)).toBeNull();
  });
});

describe('a trace that begins here', () => {
  it('is one that others read, and keeps its id over every request', () => {
    const trace = newTrace(filledWith(0xa5));
    const header = traceparentOf(trace, filledWith(7));
    expect(header).toBe(`00-${'a5'.repeat(16)}-${'07'.repeat(8)}-01`);
    expect(parseTraceparent(header)).toEqual(trace);
    expect(traceparentOf({ ...trace, isSampled: false }, filledWith(7))).toMatch(/-00$/);
  });

  it('is never all zeros', () => {
    expect(parseTraceparent(traceparentOf(newTrace(filledWith(0)), filledWith(0)))).not.toBeNull();
  });
});
