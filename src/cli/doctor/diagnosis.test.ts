import { describe, expect, it } from 'vitest';
import type { ShardMemory } from '../../adapters/engine/shard-memory.js';
import { memoryParts } from '../../media/engine-layout.js';
import { diagnose, type Expectations, type Finding } from './diagnosis.js';
import type { Machine } from './machine.js';

const expectations: Expectations = {
  layout: { version: 1, checksum: 77 },
  rtp: { host: '127.0.0.1', first: 20_000, last: 29_999 },
  receiveBufferBytes: 262_144,
  legsMax: 1000,
  shards: 2,
};

const mebibyte = 2 ** 20;
const nothing = Object.fromEntries(Object.keys(memoryParts).map((part) => [part, 0])) as ShardMemory;
const memory: ShardMemory = { ...nothing, legs: 39 * mebibyte, slots: 8 * mebibyte };

const addon = {
  kind: 'loaded',
  layout: { version: 1, checksum: 77 },
  simdTargets: ['AVX2', 'SSE4'],
  realtimeErrno: 0,
  memory,
  portsTaken: [],
} as const;

const healthy: Machine = {
  nodeVersion: '20.19.0',
  cores: 4,
  addon,
  receiveBufferBytesMax: 262_144,
  openFilesMax: 20_000,
  clockSource: 'tsc',
  frequencyGovernor: null,
  ephemeralPorts: { first: 32_768, last: 60_999 },
  memoryBytes: 4096 * mebibyte,
};

/** What is wrong with a healthy machine after `change`. */
const illnesses = (change: Partial<Machine>): readonly (readonly [string, string])[] =>
  diagnose({ ...healthy, ...change }, expectations)
    .filter((finding: Finding) => finding.state !== 'good')
    .map(({ subject, state }) => [subject, state]);

describe('diagnose', () => {
  it('finds nothing wrong with a healthy machine', () => {
    expect(illnesses({})).toEqual([]);
  });

  it.each([
    [{ nodeVersion: '20.18.3' }, ['Node', 'bad']],
    [{ cores: 1 }, ['CPU cores', 'poor']],
    [{ addon: { kind: 'not-loaded', reason: 'no such file' } }, ['engine', 'bad']],
    [{ addon: { ...addon, layout: { version: 1, checksum: 78 } } }, ['engine', 'bad']],
    [{ addon: { ...addon, simdTargets: ['EMU128'] } }, ['SIMD', 'poor']],
    [{ addon: { ...addon, realtimeErrno: 1 } }, ['real-time scheduling', 'poor']],
    [{ addon: { ...addon, portsTaken: [20_000] } }, ['RTP ports', 'poor']],
    [
      { addon: { ...addon, portsTaken: Array.from({ length: 6000 }, (_, index) => 20_000 + index) } },
      ['RTP ports', 'bad'],
    ],
    [{ ephemeralPorts: { first: 29_999, last: 60_999 } }, ['RTP ports', 'poor']],
    [{ receiveBufferBytesMax: 212_992 }, ['UDP buffers', 'poor']],
    [{ memoryBytes: 187 * mebibyte }, ['memory', 'poor']],
    [{ memoryBytes: 93 * mebibyte }, ['memory', 'bad']],
    [{ openFilesMax: 1024 }, ['open files', 'poor']],
    [{ clockSource: 'hpet' }, ['clock', 'poor']],
    [{ frequencyGovernor: 'powersave' }, ['CPU frequency', 'poor']],
  ] satisfies readonly (readonly [Partial<Machine>, readonly [string, string]])[])('%j: %j', (change, illness) => {
    expect(illnesses(change)).toEqual([illness]);
  });

  it('sums up what the shards take, the largest part first', () => {
    const found = diagnose(healthy, expectations).find(({ subject }) => subject === 'memory');
    expect(found?.says).toBe('47 MiB for each of 2 shards: legs 39 MiB, slots 8 MiB');
  });

  it('says how to help with everything it finds', () => {
    for (const finding of diagnose({ ...healthy, cores: 1, openFilesMax: 64 }, expectations)) {
      if (finding.state !== 'good') expect(finding.remedy.length).toBeGreaterThan(10);
    }
  });
});
