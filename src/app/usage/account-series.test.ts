import { describe, expect, it } from 'vitest';
import { accountSidOf } from '../../../test/support/callers.js';
import { AccountSeries } from './account-series.js';

const account = (name: string) => ({ sid: accountSidOf(name), name });

describe('AccountSeries', () => {
  it('names the first of the configuration and counts the others together', () => {
    const series = new AccountSeries(2);
    series.configure(['a', 'b', 'c'].map(account));
    expect(series.names()).toEqual(['a', 'b', 'other']);
    expect(['a', 'b', 'c', 'nobody'].map((name) => series.nameOf(accountSidOf(name)))).toEqual([
      'a',
      'b',
      'other',
      'other',
    ]);
  });

  it('leaves a series to whoever has one, and never has more than it may', () => {
    const series = new AccountSeries(2);
    series.configure([account('b')]);
    series.configure([account('c'), account('d'), account('b')]);
    expect(series.names()).toEqual(['b', 'c', 'other']);
    // Who is no longer configured may still have calls.
    series.configure([account('d')]);
    expect([series.nameOf(accountSidOf('b')), series.nameOf(accountSidOf('d'))]).toEqual(['b', 'other']);
  });

  it('follows an account that is called otherwise', () => {
    const series = new AccountSeries(1);
    series.configure([account('a')]);
    series.configure([{ sid: accountSidOf('a'), name: 'renamed' }]);
    expect(series.names()).toEqual(['renamed', 'other']);
  });

  it('names nobody where none may be named', () => {
    const series = new AccountSeries(0);
    series.configure([account('a')]);
    expect(series.names()).toEqual(['other']);
  });
});
