/** One run of the load generator against something that answers, and what that cost. */
import { cpuNs, residentBytes, startChild } from './child.js';

export type Load = {
  readonly mode: 'echo' | 'rooms-of-3';
  readonly legs: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
};

/** What rtp_load prints. */
export type Judgement = {
  readonly sent: number;
  readonly received: number;
  /** Frames in which every sample was what it must be. */
  readonly right: number;
  readonly checksum: string;
  readonly lateMsP50: number;
  readonly lateMsP99: number;
  readonly lateMsP999: number;
  readonly lateMsMax: number;
  readonly laterThan20Ms: number;
  readonly laterThan60Ms: number;
};

export type Outcome = Judgement & {
  /** CPU of the whole process for one leg and one frame, in and out. */
  readonly usPerLegFrame: number;
  /** Resident memory at the end, of the whole process. */
  readonly residentBytes: number;
};

const framesPerSecond = 50;

/** CPU time as microseconds for one leg and one frame of a load. */
export const usPerLegFrame = ({ legs, seconds }: Load, cpuSeconds: number): number =>
  (cpuSeconds * 1e6) / (legs * seconds * framesPerSecond);

/** Looks at what is under measurement, when the warm-up is over and at the end. */
export type Watch = { readonly begin: () => Promise<void>; readonly end: () => Promise<void> };

/** `answer` is told the load's own ports and says where each is to send; `pid` is whose CPU time counts. */
export async function measure(
  load: Load,
  pid: number,
  answer: (ports: readonly number[]) => Promise<readonly number[]>,
  watch?: Watch,
): Promise<Outcome> {
  const { mode, legs, warmUpSeconds, seconds } = load;
  const child = startChild('build/bench/bench/rtp_load', [mode, ...[legs, warmUpSeconds, seconds].map(String)]);
  const targets = await answer((await child.line()).split(' ').map(Number));
  child.process.stdin.write(`${targets.join(' ')}\n`);
  await child.line();
  await watch?.begin();
  const beforeNs = cpuNs(pid);
  const judgement: Judgement = JSON.parse(await child.line());
  const usedNs = cpuNs(pid) - beforeNs;
  await watch?.end();
  return { ...judgement, usPerLegFrame: usPerLegFrame(load, usedNs / 1e9), residentBytes: residentBytes(pid) };
}
