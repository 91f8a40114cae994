import { describe, expect, it } from 'vitest';
import { countLines, countReport, settle } from './counts.js';

describe('countReport', () => {
  it('reads what vitest wrote', () => {
    expect(countReport('vitest', '{"numTotalTests":9,"numPassedTests":7,"numFailedTests":1}')).toEqual({
      passed: 7,
      failed: 1,
    });
  });

  it('adds up what GoogleTest wrote, leaving out what did not run', () => {
    const one =
      '{"tests":10,"failures":2,"disabled":1,"errors":0,"testsuites":[{"testsuite":[{"result": "SKIPPED"}]}]}';
    const other = '{"tests":7,"failures":0,"disabled":0,"errors":1,"testsuites":[]}';
    expect(countReport('gtest', `[${one},${other}]`)).toEqual({ passed: 12, failed: 3 });
  });

  it('counts nothing in a report that was cut short', () => {
    expect(countReport('vitest', '{"numPassedTests":7')).toEqual({ passed: 0, failed: 0 });
  });
});

describe('countLines', () => {
  it('counts only the lines that start so', () => {
    expect(countLines('fuzzed ', 'fuzzed rtp\nbuilding\nfuzzed ring\n')).toEqual({ passed: 2, failed: 0 });
  });
});

describe('settle', () => {
  it('lets no suite that exits badly pass', () => {
    expect(settle(1, { passed: 12, failed: 0 })).toEqual({ passed: 12, failed: 1 });
  });

  it('keeps every failure that was counted', () => {
    expect(settle(1, { passed: 12, failed: 3 })).toEqual({ passed: 12, failed: 3 });
  });

  it('counts a suite that ran nothing as failed', () => {
    expect(settle(0, { passed: 0, failed: 0 })).toEqual({ passed: 0, failed: 1 });
  });

  it('takes a good suite as it is', () => {
    expect(settle(0, { passed: 5, failed: 0 })).toEqual({ passed: 5, failed: 0 });
  });
});
