/** A storm of commands beside a load: as many a second as was asked for, whether or not the daemon keeps up. */

import { setTimeout as sleep } from 'node:timers/promises';
import { create, toBinary } from '@bufbuild/protobuf';
import { UpdateParticipantRequestSchema } from '../../src/gen/parley/v1/participant_service_pb.js';
import { quantile } from '../support/quantile.js';
import type { Callers } from './callers.js';
import { type Commander, type CommanderKind, commanders, deadlineMs } from './commanders.js';
import type { Shape } from './shapes.js';
import type { Target } from './target.js';

/** Commands leave in as small groups as a timer of 1 ms allows. */
const turnMs = 1;

export type StormOptions = {
  readonly perSecond: number;
  readonly over: CommanderKind;
  /** It blows at its full strength from the beginning, and is measured after that. */
  readonly warmUpSeconds: number;
};

export type Storm = {
  /** These are of the warm-up, too. */
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  readonly perSecond: number;
  /** From when a command was due to its reply. */
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
  readonly latencyMsMax: number;
  /** Of the commands of the warm-up, which meet code that has not been compiled yet, here and there. */
  readonly warmUpLatencyMsMax: number;
  /** How long after a command was due this client sent it: part of its latency, and no fault of the daemon's. */
  readonly sendLateMsP50: number;
  readonly sendLateMsP99: number;
  /** CPU time of this process, which shares the machine with the daemon, for each command. */
  readonly clientUs: number;
};

/** Both states of each party that may be stormed, coded once: the client is to cost as little as it can. */
function commandsFor(callers: Callers, shape: Shape): readonly (readonly [Buffer, Buffer])[] {
  const coded = (callSid: string, conferenceSid: string, muted: boolean): Buffer =>
    Buffer.from(
      toBinary(
        UpdateParticipantRequestSchema,
        create(UpdateParticipantRequestSchema, { callSid, conferenceSid, muted }),
      ),
    );
  return callers.calls.flatMap((call, leg) =>
    call === undefined || shape.part(leg).isStormed !== true
      ? []
      : [[coded(call.callSid, call.conferenceSid, true), coded(call.callSid, call.conferenceSid, false)] as const],
  );
}

/** Mutes and unmutes those who may be stormed, in turn, until `isOver`; null at a rate of 0. */
export async function storm(
  target: Target,
  callers: Callers,
  shape: Shape,
  { perSecond, over, warmUpSeconds }: StormOptions,
  isOver: AbortSignal,
): Promise<Storm | null> {
  if (perSecond === 0) return null;
  const commands = commandsFor(callers, shape);
  if (commands.length === 0) throw new Error('a storm needs a shape with somebody to storm: --shape storm');
  const commander: Commander = commanders[over](target);
  const latenciesMs: number[] = [];
  const warmUpLatenciesMs: number[] = [];
  const sendLateMs: number[] = [];
  let [sent, failed] = [0, 0];
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  const send = (number: number): void => {
    const dueMs = startedMs + (number * 1000) / perSecond;
    const [muted, unmuted] = commands[number % commands.length] ?? [Buffer.of(), Buffer.of()];
    const request = Math.floor(number / commands.length) % 2 === 0 ? muted : unmuted;
    const isWarm = dueMs - startedMs >= warmUpSeconds * 1000;
    const latencies = isWarm ? latenciesMs : warmUpLatenciesMs;
    commander.send(request, (isDone) => {
      if (isDone) latencies.push(performance.now() - dueMs);
      else failed += 1;
    });
    if (isWarm) sendLateMs.push(performance.now() - dueMs);
  };
  while (!isOver.aborted) {
    const due = Math.floor(((performance.now() - startedMs) * perSecond) / 1000);
    for (; sent < due; sent += 1) send(sent);
    commander.flush();
    await sleep(turnMs);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(startedCpu);
  const givenUpMs = performance.now() + deadlineMs;
  const answered = (): number => latenciesMs.length + warmUpLatenciesMs.length;
  while (answered() + failed < sent && performance.now() < givenUpMs) await sleep(10);
  commander.close();
  return {
    sent,
    answered: answered(),
    failed: sent - answered(),
    perSecond: sent / seconds,
    latencyMsP50: quantile(latenciesMs, 0.5),
    latencyMsP99: quantile(latenciesMs, 0.99),
    latencyMsMax: quantile(latenciesMs, 1),
    warmUpLatencyMsMax: quantile(warmUpLatenciesMs, 1),
    sendLateMsP50: quantile(sendLateMs, 0.5),
    sendLateMsP99: quantile(sendLateMs, 0.99),
    clientUs: (user + system) / sent,
  };
}
