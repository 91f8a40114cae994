import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../../base/brands.js';
import { assumedNs, type CodedLeg, loadOf } from '../../media/leg-load.js';
import { averagedMs, NewcomerLoad } from './newcomer-load.js';

const tickMs = 5;
const pollMs = 20;
const legCost = 0.0004;
const pcmu = { codec: 'pcmu', isHeard: true } as const;
const opus = { codec: 'opus', isHeard: true } as const;
const assumed = (leg: CodedLeg): number => loadOf(assumedNs(leg));

/** A shard whose legs cost `legCost` each, and the average that the engine takes of them. */
function shardOf(cost = legCost) {
  let nowMs = 0;
  let [load, legs, sumNs] = [0, 0, 0];
  const newcomers = new NewcomerLoad(() => ({ legs, assumedNs: sumNs }), { monotonic: () => monotonicMs(nowMs) });
  newcomers.note();
  return {
    load: () => load,
    expected: () => newcomers.expected(load),
    another: () => newcomers.another(load),
    /** Legs come at this rate, or go. */
    pass(ms: number, perSecond = 0, leg: CodedLeg = pcmu): void {
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        nowMs += pollMs;
        load += (legs * cost - load) * (1 - Math.exp(-pollMs / averagedMs));
        newcomers.note();
        const come = (perSecond * pollMs) / 1000;
        legs += come;
        sumNs += come * assumedNs(leg);
      }
    },
    legs: () => legs,
  };
}

describe('NewcomerLoad', () => {
  it('averages as long as the engine does', () => {
    const source = readFileSync('native/engine/stats.cc', 'utf8');
    const shift = Number(/kWorkEmaShift = (\d+);/.exec(source)?.[1]);
    expect(averagedMs).toBe(tickMs * 2 ** shift);
  });

  it('tells what a storm of joins comes to while the average lags behind', () => {
    const shard = shardOf();
    shard.pass(500, 1000);
    shard.pass(5000);
    shard.pass(1000, 1000);
    const comes = shard.legs() * legCost;
    expect(shard.load()).toBeLessThan(0.75 * comes);
    expect(shard.expected() / comes).toBeGreaterThan(0.97);
    expect(shard.expected() / comes).toBeLessThan(1.03);
  });

  it('is the average where nobody has come', () => {
    const shard = shardOf();
    shard.pass(1000, 500);
    shard.pass(10_000);
    expect(shard.expected()).toBeCloseTo(shard.load(), 3);
  });

  it('stays the average, but for those who have just come, while as many go as come', () => {
    const shard = shardOf();
    shard.pass(1000, 500);
    shard.pass(10_000);
    for (let round = 0; round < 200; round += 1) {
      shard.pass(pollMs, 500);
      expect(shard.expected() - shard.load()).toBeLessThan(11 * legCost);
      shard.pass(pollMs, -500);
      expect(shard.expected()).toBeCloseTo(shard.load(), 3);
    }
  });

  it('does not count on those that leave', () => {
    const shard = shardOf();
    shard.pass(1000, 500);
    shard.pass(10_000);
    shard.pass(500, -600);
    expect(shard.expected()).toBe(shard.load());
    expect(shard.expected()).toBeGreaterThan(shard.legs() * legCost);
  });

  it('goes by an assumed cost on a shard that has none, by codec', () => {
    for (const leg of [pcmu, opus, { ...opus, isHeard: false }]) {
      const shard = shardOf();
      shard.pass(pollMs, 50_000, leg);
      expect(shard.expected()).toBeCloseTo(1000 * assumed(leg));
      expect(shard.another()).toBeCloseTo(assumed(leg));
    }
    expect(shardOf().another()).toBe(assumed(pcmu));
  });

  it('goes by what legs have been measured to cost, of what was assumed of them, once there are fifty', () => {
    const half = assumed(opus) / 2;
    const shard = shardOf(half);
    shard.pass(1000, 49, opus);
    shard.pass(10_000);
    expect(shard.another()).toBeCloseTo(assumed(opus));
    shard.pass(1000, 11, opus);
    shard.pass(10_000);
    expect(shard.another()).toBeCloseTo(half);
    const load = shard.load();
    shard.pass(pollMs, 1_000, opus);
    expect(shard.expected() - load).toBeCloseTo(20 * half);
    shard.pass(pollMs, 1_000, pcmu);
    expect(shard.expected() - load).toBeCloseTo(20 * half + 20 * (assumed(pcmu) / 2), 3);
  });

  it('counts on twice what is assumed of newcomers at most, whatever those that are in cost', () => {
    const shard = shardOf(7 * assumed(pcmu));
    shard.pass(1000, 100);
    shard.pass(10_000);
    expect(shard.another()).toBeCloseTo(7 * assumed(pcmu), 5);
    const load = shard.load();
    shard.pass(pollMs, 1000, opus);
    expect(shard.expected() - load).toBeCloseTo(20 * 2 * assumed(opus), 3);
  });

  it('counts on a tenth of what is assumed at least, however little legs cost', () => {
    const shard = shardOf(0);
    shard.pass(1000, 500, opus);
    shard.pass(10_000);
    expect(shard.another()).toBeCloseTo(assumed(opus) / 10);
  });
});
