/** The raw addon (src/addon/addon.ts): its whole surface, wrong arguments, several threads at once. */
import { once } from 'node:events';
import { readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { type Arena, createArena, placed } from '../../src/adapters/engine/arena.js';
import { offsetOf } from '../../src/adapters/engine/layout-access.js';
import { loadAddon } from '../../src/addon/addon.js';
import { streamClip, wholeClip } from '../../src/media/clip-memory.js';
import { layoutVersion, memoryParts } from '../../src/media/engine-layout.js';
import { layoutChecksum } from '../../src/media/engine-layout-offsets.js';
import { recordingMemory } from '../../src/media/recording-memory.js';

const addon = loadAddon();
const addressInUse = 98;
const limits = {
  legsMax: 4,
  roomsMax: 2,
  lanesMax: 2,
  opusLegsMax: 1,
  playersMax: 3,
  recordersMax: 2,
  commandRecords: 16,
  eventRecords: 16,
};
const [ringing, bell] = addon.openPipe();
const options = { realtimePriority: 0, bell };

const stateRunning = 1;
const stateStopped = 2;

const controlWord = (arena: Arena, name: string): number =>
  (arena.offsets.control + offsetOf(placed.control, name)) / 4;

/** The addon called with whatever a caller without types might pass. */
const untyped = (name: string, ...given: readonly unknown[]): unknown =>
  Reflect.apply(Reflect.get(addon, name), addon, given);

/** Runs a shard in a thread of its own, as the pool does. Ends with 'returned', or what was thrown. */
function runInThread(arena: Arena): { readonly ended: Promise<unknown>; readonly loaded: Promise<unknown> } {
  const path = fileURLToPath(new URL('../../build/release/parley.node', import.meta.url));
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const addon = require(workerData.path);
    parentPort.postMessage(addon.layout().checksum);
    addon.runShard(workerData.bytes, workerData.options);
    parentPort.postMessage('returned');`;
  const worker = new Worker(code, { eval: true, workerData: { path, bytes: arena.bytes, options } });
  const messages: unknown[] = [];
  worker.on('message', (message) => messages.push(message));
  const loaded = once(worker, 'message').then(([first]) => first);
  const ended = once(worker, 'exit').then(() => messages.at(-1));
  return { ended, loaded };
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe('layout', () => {
  it('is the one of engine-layout.ts', () => {
    expect(addon.layout()).toEqual({ version: layoutVersion, checksum: layoutChecksum() });
  });
});

describe('shardMemory', () => {
  it('is itemised, and what lies in the arena is its size', () => {
    const arena = createArena(limits);
    const parts = addon.shardMemory(arena.bytes);
    expect(parts).toHaveLength(Object.keys(memoryParts).length);
    expect(Math.min(...parts)).toBeGreaterThan(0);
    const inArena = parts.slice(0, memoryParts.lanes + 1).reduce((sum, bytes) => sum + bytes);
    expect(inArena).toBe(arena.bytes.byteLength);
  });

  it('refuses what is no arena', () => {
    expect(() => addon.shardMemory(new Uint8Array(4096))).toThrow(TypeError);
    expect(() => untyped('shardMemory', 'arena')).toThrow('arena: not a Uint8Array');
  });
});

describe('simdTargets', () => {
  it('names at least one instruction set', () => {
    const targets = addon.simdTargets();
    expect(targets.length).toBeGreaterThan(0);
    expect(new Set(targets).size).toBe(targets.length);
  });
});

describe('bindUdp', () => {
  it('binds a port of the kernel’s choice, which udpPort tells', () => {
    const descriptor = addon.bindUdp('127.0.0.1', 0, 65_536);
    expect(descriptor).toBeGreaterThan(2);
    const port = addon.udpPort(descriptor);
    expect(port).toBeGreaterThan(0);
    expect(addon.bindUdp('127.0.0.1', port, 0)).toBe(-addressInUse);
    addon.closeUdp(descriptor);
    const again = addon.bindUdp('127.0.0.1', port, 0);
    expect(again).toBeGreaterThan(2);
    addon.closeUdp(again);
  });

  it.each([
    ['address', ['localhost', 0, 0]],
    ['address', [7, 0, 0]],
    ['address', []],
    ['port', ['127.0.0.1', 65_536, 0]],
    ['port', ['127.0.0.1', -1, 0]],
    ['port', ['127.0.0.1', 0.5, 0]],
    ['port', ['127.0.0.1', Number.NaN, 0]],
    ['receiveBufferBytes', ['127.0.0.1', 0]],
    ['receiveBufferBytes', ['127.0.0.1', 0, '1000']],
    ['receiveBufferBytes', ['127.0.0.1', 0, Number.POSITIVE_INFINITY]],
  ])('throws a TypeError naming %s for %j', (name, given) => {
    expect(() => untyped('bindUdp', ...given)).toThrow(new RegExp(`^${name}: not `));
    expect(() => untyped('bindUdp', ...given)).toThrow(TypeError);
  });
});

describe('addRing and removeRing', () => {
  it('know a ring by an id of its own until it is removed', () => {
    const [first, second] = ([1, 2] as const).map((channels) =>
      addon.addRing(new Uint8Array(recordingMemory(48_000, channels))),
    );
    expect(first).toBeGreaterThan(0);
    expect(second).not.toBe(first);
    addon.removeRing(first ?? 0);
    addon.removeRing(second ?? 0);
    expect(() => addon.removeRing(first ?? 0)).not.toThrow();
  });

  it('throw a TypeError for what is no ring, or no number', () => {
    expect(() => untyped('addRing', recordingMemory(8000, 1))).toThrow(new TypeError('memory: not a Uint8Array'));
    expect(() => untyped('addRing', new Uint8Array(4096))).toThrow(new TypeError('memory: is no recording ring'));
    const whole = new Uint8Array(recordingMemory(8000, 1));
    expect(() => addon.addRing(whole.subarray(0, whole.length - 64))).toThrow('fewer places than it says');
    expect(() => untyped('removeRing', 'one')).toThrow(/^id: not /);
  });
});

describe('udpPort and closeUdp', () => {
  it.each([[[]], [[-1]], [['3']], [[null]]])('throw a TypeError naming descriptor for %j', (given) => {
    expect(() => untyped('udpPort', ...given)).toThrow(/^descriptor: not /);
    expect(() => untyped('closeUdp', ...given)).toThrow(/^descriptor: not /);
  });
});

describe('addClip and removeClip', () => {
  it('know a clip by an id of its own until it is removed', () => {
    const memory = new Uint8Array(wholeClip(960));
    const [first, second] = [addon.addClip(memory), addon.addClip(new Uint8Array(streamClip(4096)))];
    expect(first).toBeGreaterThan(0);
    expect(second).not.toBe(first);
    addon.removeClip(first);
    addon.removeClip(second);
    expect(addon.addClip(memory)).not.toBe(first);
  });

  it('throw a TypeError for what is no clip, or no number', () => {
    expect(() => untyped('addClip', wholeClip(960))).toThrow(new TypeError('memory: not a Uint8Array'));
    expect(() => untyped('addClip', new Uint8Array(8))).toThrow(new TypeError('memory: too small for a clip'));
    expect(() => untyped('addClip', new Uint8Array(4096))).toThrow(new TypeError('memory: is no clip'));
    expect(() => addon.addClip(new Uint8Array(wholeClip(960)).subarray(0, 960))).toThrow('fewer samples than it says');
    expect(() => untyped('removeClip', 'one')).toThrow(/^id: not /);
    expect(() => addon.removeClip(0)).not.toThrow();
  });
});

describe('probeRealtime', () => {
  it('answers an errno, and leaves the thread as it was', () => {
    expect([0, 1]).toContain(addon.probeRealtime());
    expect(addon.probeRealtime()).toBe(addon.probeRealtime());
  });
});

describe('runShard', () => {
  it.each([
    ['arena: not a Uint8Array', [undefined, options]],
    ['arena: not a Uint8Array', [new Uint16Array(8), options]],
    ['arena: not a Uint8Array', [new SharedArrayBuffer(8), options]],
    ['arena: it is shorter than a header', [new Uint8Array(8), options]],
    ['arena: magic is wrong', [new Uint8Array(4096), options]],
    ['options: not an object', [new Uint8Array(8)]],
    ['options.realtimePriority: not an integer from 0 to 99', [new Uint8Array(8), {}]],
    ['options.realtimePriority: not an integer from 0 to 99', [new Uint8Array(8), { realtimePriority: 100 }]],
    ['options.bell: not an integer from 0 to 2147483647', [new Uint8Array(8), { realtimePriority: 0 }]],
  ])('throws a TypeError "%s"', (message, given) => {
    expect(() => untyped('runShard', ...given)).toThrow(new TypeError(message));
  });

  it.each([
    ['version', 'version is not the one of this binary'],
    ['checksum', 'checksum is not the one of this binary'],
    ['event_records', 'event_records is not a power of two in range'],
    ['legs_offset', 'an offset is not a multiple of 64'],
    ['arena_bytes', 'arena_bytes is larger than the array'],
  ])('refuses an arena whose %s is wrong', (field, problem) => {
    const arena = createArena(limits);
    const word = offsetOf(placed.header, field) / 4;
    arena.words[word] = (arena.words[word] ?? 0) + 1;
    expect(() => addon.runShard(arena.bytes, options)).toThrow(new TypeError(`arena: ${problem}`));
  });

  it('returns at once when it was told to stop before', () => {
    const arena = createArena(limits);
    Atomics.store(arena.words, controlWord(arena, 'stop'), 1);
    addon.runShard(arena.bytes, options);
    expect(Atomics.load(arena.words, controlWord(arena, 'state'))).toBe(stateStopped);
  });

  it('respects the offset and length of the array', () => {
    const arena = createArena(limits);
    Atomics.store(arena.words, controlWord(arena, 'stop'), 1);
    const offset = 4096;
    const larger = new Uint8Array(new SharedArrayBuffer(arena.bytes.length + 2 * offset));
    larger.set(arena.bytes, offset);
    const inside = larger.subarray(offset, offset + arena.bytes.length);
    addon.runShard(inside, options);
    const state = new Uint32Array(larger.buffer, offset)[controlWord(arena, 'state')];
    expect(state).toBe(stateStopped);
    expect(larger.subarray(0, offset).every((byte) => byte === 0)).toBe(true);
    const short = larger.subarray(offset, offset + arena.bytes.length - 1);
    expect(() => addon.runShard(short, options)).toThrow('arena_bytes is larger than the array');
  });

  it('rings once when there is an event and nobody looks for any', async () => {
    const arena = createArena(limits);
    const { ended } = runInThread(arena);
    const ticks = (): number => Atomics.load(arena.words, controlWord(arena, 'heartbeat'));
    const pass = async (count: number): Promise<void> => {
      const from = ticks();
      await until(() => ticks() - from > count);
    };
    const rings = (): number => {
      try {
        return readSync(ringing, new Uint8Array(8));
      } catch {
        return 0;
      }
    };
    Atomics.add(arena.words, (arena.offsets.eventRing + offsetOf(placed.ringIndices, 'write')) / 4, 1);
    await pass(2);
    expect(rings()).toBe(0);
    Atomics.add(arena.words, controlWord(arena, 'asleep'), 1);
    await pass(4);
    expect([rings(), rings()]).toEqual([1, 0]);
    Atomics.store(arena.words, controlWord(arena, 'stop'), 1);
    expect(await ended).toBe('returned');
  });

  it('runs in two threads at once, and returns from both within a tick of being told to stop', async () => {
    const arenas = [createArena(limits), createArena(limits)];
    const threads = arenas.map(runInThread);
    expect(await Promise.all(threads.map((thread) => thread.loaded))).toEqual([layoutChecksum(), layoutChecksum()]);
    for (const arena of arenas) {
      await until(() => Atomics.load(arena.words, controlWord(arena, 'heartbeat')) > 20);
      expect(Atomics.load(arena.words, controlWord(arena, 'state'))).toBe(stateRunning);
    }
    const ticksFromThenOn = await Promise.all(
      arenas.map(async (arena) => {
        const ticks = (): number => Atomics.load(arena.words, controlWord(arena, 'heartbeat'));
        Atomics.store(arena.words, controlWord(arena, 'stop'), 1);
        const before = ticks();
        await until(() => Atomics.load(arena.words, controlWord(arena, 'state')) === stateStopped);
        return ticks() - before;
      }),
    );
    expect(await Promise.all(threads.map((thread) => thread.ended))).toEqual(['returned', 'returned']);
    // By its own time, of 5 ms a tick: the machine may pause any thread.
    expect(Math.max(...ticksFromThenOn)).toBeLessThanOrEqual(1);
  });
});
