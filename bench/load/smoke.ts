/** Every shape for a moment, with few legs: does everybody hear what they must? No figure is judged. */
import { measureFloor } from '../floor/floor.js';
import type { CommanderKind } from './commanders.js';
import { type Judgement, rightShare } from './generator.js';
import type { Suite } from './offer.js';
import { say } from './report.js';
import { type RunOptions, runLoad } from './run.js';
import { type Coding, type ShapeName, shapeOf } from './shapes.js';
import { startTarget } from './target.js';

/** Share that must be right: the machine stops for a moment now and then. */
const rightShareMin = 0.9;

type Case = {
  readonly shapeName: ShapeName;
  readonly legs: number;
  readonly coding?: Coding;
  readonly suite?: Suite;
  readonly stormPerSecond?: number;
  readonly stormOver?: CommanderKind;
};

const cases: readonly Case[] = [
  { shapeName: 'rooms-of-3', legs: 12 },
  { shapeName: 'rooms-of-3', legs: 6, coding: 'opus' },
  { shapeName: 'rooms-of-3', legs: 6, suite: 'AEAD_AES_128_GCM' },
  { shapeName: 'one-room', legs: 70 },
  { shapeName: 'webinar', legs: 12, coding: 'opus', suite: 'AES_CM_128_HMAC_SHA1_80' },
  { shapeName: 'churn', legs: 8 },
  { shapeName: 'storm', legs: 12, stormPerSecond: 50, stormOver: 'calls' },
  { shapeName: 'storm', legs: 12, stormPerSecond: 50, stormOver: 'stream' },
];

const legsMax = Math.max(...cases.map(({ legs }) => legs));

/** Of the legs that were listened to; 0 when nothing was. */
const rightOf = (judgement: Judgement): number =>
  judgement.framesRight + judgement.framesWrong + judgement.stretches === 0 ? 0 : rightShare(judgement);

/** Whether all was heard as it must be. */
export async function smoke(options: RunOptions): Promise<boolean> {
  let isGood = true;
  const expect = (isSo: boolean, what: string): void => {
    isGood &&= isSo;
    say(`${isSo ? 'holds' : 'BROKEN'} ${what}`);
  };
  const echo = { ...options, shape: shapeOf('rooms-of-3'), seconds: 2, warmUpSeconds: 1, legs: 12 };
  expect(rightOf(await measureFloor(echo)) >= rightShareMin, 'an echo is heard by those who hear themselves');
  // The judge judged: what nobody may hear, and does, must be found.
  expect(
    rightOf(await measureFloor({ ...echo, hears: () => [0] })) <= 0.2,
    'an own voice in place of another is found',
  );
  const target = await startTarget(legsMax, 'opus');
  try {
    for (const each of cases) {
      const { shapeName, legs, coding = 'pcmu', suite = null, stormPerSecond = 0, stormOver = 'stream' } = each;
      const seconds = shapeName === 'churn' ? 5 : 2;
      const shape = shapeOf(shapeName);
      // A crowd that begins to talk at once is ranked by chance at first: who is loudest shows in two seconds.
      const warmUpSeconds = shapeName === 'one-room' ? 3 : 1;
      const load = { ...options, shape, coding, suite, stormPerSecond, stormOver, seconds, warmUpSeconds };
      const { judgement, storm } = await runLoad(target, legs, load);
      const name = [shapeName, coding, suite].filter((word) => word !== null).join(' ');
      expect(rightOf(judgement) >= rightShareMin, `${name}: ${(100 * rightOf(judgement)).toFixed(1)} % heard rightly`);
      for (const wrong of judgement.wrong) say(`    ${JSON.stringify(wrong)}`);
      if (storm !== null) expect(storm.failed === 0 && storm.answered > 0, 'every command of a storm is answered');
    }
  } finally {
    await target.stop();
  }
  return isGood;
}
