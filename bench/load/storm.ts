/** A storm of commands beside a load: as many a second as was asked for, whether or not the daemon keeps up. */

import { setTimeout as sleep } from 'node:timers/promises';
import { create, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { ParticipantService, UpdateParticipantRequestSchema } from '../../src/gen/parley/v1/participant_service_pb.js';
import { quantile } from '../support/quantile.js';
import type { Callers } from './callers.js';
import type { Shape } from './shapes.js';
import type { Target } from './target.js';

/** A reply that has not come by then never will. */
const deadlineMs = 10_000;
/** Commands leave in as small groups as a timer of 1 ms allows. */
const turnMs = 1;
const connections = 4;

export type Storm = {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  readonly perSecond: number;
  /** From when a command was due to its reply. */
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
  readonly latencyMsMax: number;
};

const path = `/${ParticipantService.typeName}/${ParticipantService.method.updateParticipant.name}`;

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
  perSecond: number,
  isOver: AbortSignal,
): Promise<Storm | null> {
  if (perSecond === 0) return null;
  const commands = commandsFor(callers, shape);
  if (commands.length === 0) throw new Error('a storm needs a shape with somebody to storm: --shape storm');
  const clients = Array.from(
    { length: connections },
    // Each with a connection of its own.
    () => new Client(target.grpcAddress, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 }),
  );
  const metadata = new Metadata();
  if (target.token !== null) metadata.set('authorization', `Bearer ${target.token}`);
  const latenciesMs: number[] = [];
  let [sent, failed] = [0, 0];
  const startedMs = performance.now();
  const send = (number: number): void => {
    const dueMs = startedMs + (number * 1000) / perSecond;
    const [muted, unmuted] = commands[number % commands.length] ?? [Buffer.of(), Buffer.of()];
    const request = Math.floor(number / commands.length) % 2 === 0 ? muted : unmuted;
    clients[number % connections]?.makeUnaryRequest(
      path,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      request,
      metadata,
      { deadline: Date.now() + deadlineMs },
      (error: ServiceError | null) => {
        if (error !== null) failed += 1;
        else latenciesMs.push(performance.now() - dueMs);
      },
    );
  };
  while (!isOver.aborted) {
    const due = Math.floor(((performance.now() - startedMs) * perSecond) / 1000);
    for (; sent < due; sent += 1) send(sent);
    await sleep(turnMs);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const givenUpMs = performance.now() + deadlineMs;
  while (latenciesMs.length + failed < sent && performance.now() < givenUpMs) await sleep(10);
  for (const client of clients) client.close();
  return {
    sent,
    answered: latenciesMs.length,
    failed: failed + (sent - latenciesMs.length - failed),
    perSecond: sent / seconds,
    latencyMsP50: quantile(latenciesMs, 0.5),
    latencyMsP99: quantile(latenciesMs, 0.99),
    latencyMsMax: quantile(latenciesMs, 1),
  };
}
