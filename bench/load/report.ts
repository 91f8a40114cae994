/** What a load says on the terminal. */
import { cpus, release } from 'node:os';
import type { Floor } from '../floor/floor.js';
import { deliveredShare, type Judgement, rightShare } from './generator.js';
import type { Outcome } from './run.js';

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** What figures depend on most. */
export const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  kernel: release(),
  node: process.version,
};
export const machineLine = `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.node}`;

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

function sayHeard(judgement: Judgement): void {
  const { framesRight, framesWrong, stretches, lateMsP50, lateMsP99, lateMsP999, lateMsMax } = judgement;
  const looked = framesRight + framesWrong > 0 ? `${framesRight + framesWrong} frames` : `${stretches} stretches`;
  say(
    `    delivered ${percent(deliveredShare(judgement))}, right ${percent(rightShare(judgement))} of ${looked}` +
      `${stretches > 0 ? `, own voice ${judgement.ownDbMax.toFixed(0)} dB at most` : ''}, audio ${judgement.checksum}`,
  );
  say(`    late p50 ${lateMsP50} p99 ${lateMsP99} p99.9 ${lateMsP999} max ${lateMsMax} ms`);
  if (judgement.sendLateMsP99 > 5) {
    say(`    the generator itself sends ${judgement.sendLateMsP99} ms late (p99): it is the bottleneck`);
  }
  for (const { leg, gainDb, restDb, ownDb } of judgement.wrong) {
    say(`    leg ${leg} heard wrongly: a voice off by ${gainDb} dB, the rest at ${restDb} dB, its own at ${ownDb} dB`);
  }
}

export function sayFloor(floor: Floor): void {
  say(`  echo    ${floor.usPerLegFrame.toFixed(2)} µs per leg-frame`);
  sayHeard(floor);
}

export function sayOutcome(outcome: Outcome): void {
  const { account } = outcome;
  const rest = outcome.usPerLegFrame - outcome.engineUsPerLegFrame;
  say(
    `  parley  ${outcome.usPerLegFrame.toFixed(2)} µs per leg-frame:` +
      ` engine ${outcome.engineUsPerLegFrame.toFixed(2)} + rest ${rest.toFixed(2)}; ${outcome.legs} legs, ${outcome.joinsPerSecond.toFixed(0)} joins a second`,
  );
  sayHeard(outcome.judgement);
  say(
    `    ticks overrun ${account.ticksOverrun}, caught up ${account.ticksCaughtUp}, given up ${account.ticksGivenUp};` +
      ` woken late p50 ${account.tickLateMsP50} p99 ${account.tickLateMsP99} p99.9 ${account.tickLateMsP999} ms,` +
      ` work p99 ${account.tickWorkMsP99} ms, ${outcome.stolenMs} ms of the machine's time stolen${account.hasRealTime ? '' : '; NO real-time scheduling'}`,
  );
  say(
    `    RSS ${(outcome.residentBytes / 2 ** 20).toFixed(0)} MiB,` +
      ` ${(outcome.residentBytesPerLeg / 1024).toFixed(0)} KiB a leg since the first call`,
  );
  if (outcome.churn !== null) say(`    ${outcome.churn.joins} joins and ${outcome.churn.leaves} leaves meanwhile`);
  if (outcome.storm !== null) {
    const { perSecond, failed, answered, clientUs } = outcome.storm;
    const { latencyMsP50, latencyMsP99, latencyMsMax, warmUpLatencyMsMax, sendLateMsP50, sendLateMsP99 } =
      outcome.storm;
    say(
      `    storm of ${perSecond.toFixed(0)} commands a second: ${answered} answered, ${failed} failed,` +
        ` p50 ${latencyMsP50.toFixed(1)} p99 ${latencyMsP99.toFixed(1)} max ${latencyMsMax.toFixed(1)} ms;` +
        ` max ${warmUpLatencyMsMax.toFixed(1)} while it warmed up`,
    );
    say(
      `    of that p50 ${sendLateMsP50.toFixed(1)} p99 ${sendLateMsP99.toFixed(1)} ms until this client has sent it;` +
        ` it takes ${clientUs.toFixed(0)} us of CPU for each`,
    );
  }
}
