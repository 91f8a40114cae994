/** One run of the load generator against something that answers, and what that cost. */
import { cpuNs, startChild } from './child.js';

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
  readonly lateMsMax: number;
  readonly laterThan20Ms: number;
  readonly laterThan60Ms: number;
};

export type Outcome = Judgement & { readonly usPerLegFrame: number };

const framesPerSecond = 50;

/** `answer` is told the load's own ports and says where each is to send; `pid` is whose CPU time counts. */
export async function measure(
  load: Load,
  pid: number,
  answer: (ports: readonly number[]) => Promise<readonly number[]>,
): Promise<Outcome> {
  const { mode, legs, warmUpSeconds, seconds } = load;
  const child = startChild('build/bench/bench/rtp_load', [mode, ...[legs, warmUpSeconds, seconds].map(String)]);
  const targets = await answer((await child.line()).split(' ').map(Number));
  child.process.stdin.write(`${targets.join(' ')}\n`);
  await child.line();
  const beforeNs = cpuNs(pid);
  const judgement: Judgement = JSON.parse(await child.line());
  const usedNs = cpuNs(pid) - beforeNs;
  return { ...judgement, usPerLegFrame: usedNs / 1000 / (legs * seconds * framesPerSecond) };
}
