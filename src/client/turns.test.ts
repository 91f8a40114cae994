import { describe, expect, it } from 'vitest';
import { type Turn, type TurnOptions, TurnTaker, turnsMax } from './turns.js';

const rateHz = 8000;

/** `story`: a letter for each 20 ms, `v` where somebody speaks; each frame holds its number. */
async function turnsOf(story: string, options: TurnOptions = {}): Promise<readonly Turn[]> {
  const taker = new TurnTaker(rateHz, options, () => {});
  [...story].forEach((letter, index) => {
    taker.take(new Int16Array(160).fill(index), letter === 'v');
  });
  taker.end(null);
  const turns: Turn[] = [];
  for await (const turn of taker.queue) turns.push(turn);
  return turns;
}
const framesOf = ({ samples }: Turn): readonly (number | undefined)[] => {
  const count = samples.length / 160;
  return [samples[0], samples.at(-1), count];
};
const nothing = (frames: number): string => '.'.repeat(frames);
const voice = (frames: number): string => 'v'.repeat(frames);

describe('turns', () => {
  it('are what is said between two pauses, with a little before it', async () => {
    const turns = await turnsOf(
      nothing(50) + voice(20) + nothing(10) + voice(10) + nothing(30) + voice(8) + nothing(40),
    );
    expect(turns.map(framesOf)).toEqual([
      [40, 89, 50],
      [110, 127, 18],
    ]);
    expect(turns.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [800, 1800],
      [2200, 2560],
    ]);
  });

  it('are not made of a cough', async () => {
    expect(await turnsOf(nothing(50) + voice(4) + nothing(50))).toEqual([]);
  });

  it('take what is being said at the end of the call', async () => {
    expect((await turnsOf(voice(10))).map(framesOf)).toEqual([[0, 9, 10]]);
  });

  it('come in pieces when they are long', async () => {
    const turns = await turnsOf(voice(120), { turnMsMax: 1000 });
    expect(turns.map(framesOf)).toEqual([
      [0, 49, 50],
      [50, 99, 50],
      [100, 119, 20],
    ]);
  });

  it('that nobody takes are kept up to a bound, the newest', async () => {
    const turns = await turnsOf((voice(10) + nothing(30)).repeat(turnsMax + 3));
    expect(turns).toHaveLength(turnsMax);
    expect(turns[0]?.samples.at(-1)).toBe(3 * 40 + 9);
  });
});
