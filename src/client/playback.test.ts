import { describe, expect, it } from 'vitest';
import { aheadFramesMax, Playback, queuedSoundsMax } from './playback.js';
import { streamedMsMax } from './sound-source.js';

const rateHz = 8000;
const samples = 160;
const frames = (count: number, value = 1): Int16Array => new Int16Array(count * samples).fill(value);
const sound = (count: number, value = 1) => ({ rateHz, samples: frames(count, value) });
/** Streams are read between two turns of the event loop. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A daemon that plays a frame when it is told to. */
function speaking() {
  const sent: (number | string)[] = [];
  const playback = new Playback(
    {
      send: (frame) => sent.push(frame[0] ?? 0),
      mark: (name) => sent.push(name),
      clear: () => sent.push('clear'),
    },
    rateHz,
  );
  let played = 0;
  const play = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      if (typeof sent[played] === 'number') played += 1;
      for (let mark = sent[played]; typeof mark === 'string' && mark !== 'clear'; mark = sent[played]) {
        played += 1;
        playback.markReached(mark, false);
      }
      playback.passed(1);
    }
  };
  return { playback, sent, play };
}

describe('playback', () => {
  it('is never further ahead than it may be, and ends when all was played', async () => {
    const { playback, sent, play } = speaking();
    const done = playback.play(sound(50));
    expect(sent).toHaveLength(aheadFramesMax);
    play(10);
    expect(sent).toHaveLength(aheadFramesMax + 10);
    play(40);
    expect(await done).toEqual({ interrupted: false, playedMs: 1000, underruns: 0 });
  });

  it('fills the last frame with silence', () => {
    const { playback, sent } = speaking();
    void playback.play({ rateHz, samples: frames(2).subarray(0, samples + 1) });
    expect(sent).toEqual([1, 1, 'played 1']);
  });

  it('goes from one sound to the next without a gap', async () => {
    const { playback, sent, play } = speaking();
    const both = [playback.play(sound(2, 1)), playback.play(sound(2, 2))];
    expect(sent).toEqual([1, 1, 'played 1', 2, 2, 'played 2']);
    play(4);
    expect(await Promise.all(both)).toMatchObject([{ playedMs: 40 }, { playedMs: 40 }]);
  });

  it('is brought to the rate of the call', () => {
    const { playback, sent } = speaking();
    void playback.play({ rateHz: 44_100, samples: new Int16Array(4410) });
    expect(sent).toEqual([0, 0, 0, 0, 0, 'played 1']);
  });

  it('tells of what was interrupted how much of it was heard', async () => {
    const { playback, sent, play } = speaking();
    const both = [playback.play(sound(5)), playback.play(sound(100))];
    play(3);
    const cleared = playback.clear();
    expect(sent.at(-1)).toBe('clear');
    // 13 were sent; of them 10 lay in the daemon.
    playback.cleared(10);
    expect(await cleared).toBe(10);
    expect(await Promise.all(both)).toEqual([
      { interrupted: true, playedMs: 60, underruns: 0 },
      { interrupted: true, playedMs: 0, underruns: 0 },
    ]);
    void playback.play(sound(1, 7));
    expect(sent.slice(-2)).toEqual([7, 'played 2']);
  });

  it('asks nothing of the daemon when there is nothing to clear', async () => {
    const { playback, sent } = speaking();
    expect(await playback.clear()).toBe(0);
    expect(sent).toEqual([]);
  });

  it('takes a stream as it comes, and counts the silences', async () => {
    const { playback, sent, play } = speaking();
    const pieces: (() => void)[] = [];
    async function* slow() {
      for (let piece = 0; piece < 3; piece += 1) {
        await new Promise<void>((resolve) => pieces.push(resolve));
        yield frames(2, piece + 1);
      }
    }
    const done = playback.play(slow());
    for (let piece = 1; piece <= 3; piece += 1) {
      await settle();
      pieces.shift()?.();
      await settle();
      expect(sent.filter((each) => typeof each === 'number')).toHaveLength(2 * piece);
      play(5);
    }
    await settle();
    play(1);
    expect(await done).toEqual({ interrupted: false, playedMs: 120, underruns: 2 });
  });

  it('does not read a fast stream further than a second ahead', async () => {
    const { playback, play } = speaking();
    let read = 0;
    async function* fast() {
      for (;;) {
        read += 1;
        yield frames(1);
      }
    }
    void playback.play(fast());
    await settle();
    const ahead = streamedMsMax / 20 + aheadFramesMax;
    expect(read).toBeGreaterThanOrEqual(streamedMsMax / 20);
    expect(read).toBeLessThanOrEqual(ahead + 1);
    play(20);
    await settle();
    expect(read).toBeLessThanOrEqual(ahead + 21);
    expect(read).toBeGreaterThan(ahead);
  });

  it('takes bytes whose pieces end within a sample', async () => {
    const { playback, sent } = speaking();
    const bytes = new Uint8Array(2 * samples).fill(1);
    async function* pieces() {
      yield bytes.subarray(0, 7);
      yield bytes.subarray(7);
    }
    void playback.play(pieces());
    await settle();
    expect(sent).toEqual([0x0101, 'played 1']);
  });

  it('rejects with what its stream failed of, and goes on with the next', async () => {
    const { playback, sent, play } = speaking();
    async function* broken() {
      yield frames(1);
      throw new Error('gone');
    }
    const first = playback.play(broken());
    const second = playback.play(sound(1, 2));
    await expect(first).rejects.toThrow('gone');
    play(2);
    expect(sent).toEqual([1, 2, 'played 1']);
    expect(await second).toMatchObject({ interrupted: false });
  });

  it('ends what is said with the call, and lets its streams go', async () => {
    const { playback } = speaking();
    let isLetGo = false;
    async function* endless() {
      try {
        for (;;) yield frames(1);
      } finally {
        isLetGo = true;
      }
    }
    const done = playback.play(endless());
    await settle();
    playback.end();
    expect(await done).toMatchObject({ interrupted: true });
    await settle();
    expect(isLetGo).toBe(true);
    expect(await playback.play(sound(1))).toMatchObject({ interrupted: true, playedMs: 0 });
  });

  it('keeps no more sounds than it may', async () => {
    const { playback } = speaking();
    for (let count = 0; count < queuedSoundsMax; count += 1) void playback.play(sound(20));
    await expect(playback.play(sound(1))).rejects.toThrow(RangeError);
  });
});
