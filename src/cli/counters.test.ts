import { describe, expect, it } from 'vitest';
import { parseCounters } from './counters.js';

const text = [
  '# HELP shard_ticks Ticks.',
  '# TYPE shard_ticks counter',
  'shard_ticks{shard="0"} 40',
  'shard_ticks{shard="1"} 2',
  'wait_seconds_bucket{le="+Inf",shard="0"} 7',
  'up 1e-3',
].join('\n');

describe('parseCounters', () => {
  it('adds up the series of a name, and refuses a name that is not there', () => {
    const counters = parseCounters(text);
    expect(['shard_ticks', 'wait_seconds_bucket', 'up'].map(counters)).toEqual([42, 7, 0.001]);
    expect(() => counters('shard_tick')).toThrow('shard_tick');
  });
});
