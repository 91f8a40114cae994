/** The floor under any mixer: a bare UDP echo of the same packets, from the same telephones at the same pace. */
import { randomBytes } from 'node:crypto';
import { usPerLegFrame } from '../load/account.js';
import { Generator, type Judgement, type Telephones } from '../load/generator.js';
import { type Suite, suites } from '../load/offer.js';
import type { Shape } from '../load/shapes.js';
import { cpuNs, residentBytes, startChild } from '../support/child.js';
import { nativeProgram } from '../support/native-build.js';

export type FloorLoad = Telephones & {
  readonly shape: Shape;
  readonly suite: Suite | null;
  readonly legs: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Whom a telephone is said to hear: itself unless given. */
  readonly hears?: (leg: number) => readonly number[];
};

export type Floor = Judgement & { readonly usPerLegFrame: number; readonly residentBytes: number };

/** Everybody hears themselves: each telephone says what it would in the shape. */
export async function measureFloor(load: FloorLoad): Promise<Floor> {
  const { shape, suite, legs, warmUpSeconds, seconds, hears = (leg) => [leg] } = load;
  const echo = startChild(nativeProgram('udp_echo'), [String(legs), String(shape.step)]);
  const generator = await Generator.start(legs, load);
  try {
    const ports = (await echo.line()).split(' ').map(Number);
    for (const [leg, port] of ports.entries()) {
      // What comes back was secured with the key it was sent with.
      const key = suite === null ? null : randomBytes(suites[suite]);
      const part = { ...shape.part(leg), hears: hears(leg), inCrowd: false };
      generator.answer(leg, part, { host: '127.0.0.1', port, key, offered: key, suite });
    }
    await generator.sync();
    await new Promise((resolve) => setTimeout(resolve, warmUpSeconds * 1000));
    const pid = echo.process.pid ?? 0;
    const beforeNs = cpuNs(pid);
    const startedMs = performance.now();
    let [usedNs, tookMs] = [0, 0];
    const judgement = await generator.measure(seconds, async () => {
      usedNs = cpuNs(pid) - beforeNs;
      tookMs = performance.now() - startedMs;
    });
    return {
      ...judgement,
      usPerLegFrame: usPerLegFrame(usedNs / 1e9, legs, tookMs / 1000),
      residentBytes: residentBytes(pid),
    };
  } finally {
    generator.quit();
    echo.process.stdin.end();
  }
}
