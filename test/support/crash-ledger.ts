/**
 * Commands to a daemon that is killed now and then, and what was said of each: accepted, refused, or nothing, because
 * the daemon died. Then what its callbacks must have been.
 */
import { randomUUID } from 'node:crypto';
import { type ServiceError, status } from '@grpc/grpc-js';
import { ApiClient } from '../../src/cli/caller/api-client.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import type { Arrival, Chance } from './moody-receiver.js';

/** Silence after a request: it may have been done or not. */
const silences: readonly number[] = [status.UNAVAILABLE, status.CANCELLED, status.DEADLINE_EXCEEDED];

type Expected = { readonly conferenceSid: string; readonly callSid: string; readonly event: string };

export class CrashLedger {
  readonly accepted: Expected[] = [];
  /** Calls whose dial was refused. */
  readonly refused = new Set<string>();
  lost = 0;

  /** Two callers come into a room of their own, are muted and unmuted, one goes, and one more is refused. */
  async play(address: string, room: string, statusCallback: string, chance: Chance): Promise<void> {
    const client = new ApiClient(address, null);
    const { START, END, JOIN, LEAVE, MUTE } = StatusCallbackEvent;
    const dial = async (label: string) => {
      const callSid = randomUUID();
      const conference = {
        roomName: room,
        participantLabel: label,
        statusCallback,
        statusCallbackEvent: [START, END, JOIN, LEAVE, MUTE],
      };
      const reply = await this.#ask(callSid, () =>
        client.call(CallService.method.dial, {
          callSid,
          instruction: { case: 'dial', value: { conference } },
          media: { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: 16_000 } },
        }),
      );
      if (reply === null) return null;
      this.#expect(reply.conferenceSid, callSid, 'participant-join');
      return { callSid, conferenceSid: reply.conferenceSid };
    };
    try {
      const [first, second] = [await dial('first'), await dial('second')];
      await dial('first');
      for (let turn = 0; turn < 6; turn += 1) {
        const guest = chance() < 0.5 ? first : second;
        if (guest === null) continue;
        const muted = turn % 2 === 0;
        for (const each of [first, second]) {
          if (each === null) continue;
          const done = await this.#ask(null, () =>
            client.call(ParticipantService.method.updateParticipant, { ...each, muted }),
          );
          if (done !== null) {
            this.#expect(each.conferenceSid, each.callSid, muted ? 'participant-mute' : 'participant-unmute');
          }
        }
      }
      if (second === null || chance() < 0.3) return;
      const { callSid } = second;
      const gone = await this.#ask(null, () =>
        client.call(CallService.method.updateCall, { callSid, update: { case: 'hangUp', value: {} } }),
      );
      if (gone !== null) this.#expect(second.conferenceSid, callSid, 'participant-leave');
    } finally {
      client.close();
    }
  }

  /** What is wrong with all that came, in words; empty when nothing is. */
  complaints(arrivals: readonly Arrival[]): readonly string[] {
    return [...this.#missing(arrivals), ...this.#invented(arrivals), ...outOfOrder(arrivals), ...unlike(arrivals)];
  }

  #missing(arrivals: readonly Arrival[]): readonly string[] {
    const came = new Map<string, Set<string>>();
    for (const arrival of arrivals.filter(({ isTaken }) => isTaken)) {
      const name = nameOf(arrival);
      came.set(name, (came.get(name) ?? new Set()).add(arrival.key));
    }
    const wanted = new Map<string, number>();
    for (const each of this.accepted) wanted.set(nameOf(each), (wanted.get(nameOf(each)) ?? 0) + 1);
    return [...wanted].flatMap(([name, count]) => {
      const had = came.get(name)?.size ?? 0;
      return had >= count ? [] : [`accepted ${count} times and told ${had} times: ${name}`];
    });
  }

  #invented(arrivals: readonly Arrival[]): readonly string[] {
    return arrivals
      .filter(({ callSid }) => this.refused.has(callSid))
      .map((each) => `refused, and told: ${nameOf(each)}`);
  }

  #expect(conferenceSid: string, callSid: string, event: string): void {
    this.accepted.push({ conferenceSid, callSid, event });
  }

  async #ask<T>(callSid: string | null, request: () => Promise<T>): Promise<T | null> {
    try {
      return await request();
    } catch (error) {
      if (silences.includes((error as ServiceError).code)) this.lost += 1;
      else if (callSid !== null) this.refused.add(callSid);
      return null;
    }
  }
}

const nameOf = ({ event, callSid, conferenceSid }: Expected): string => `${event} of ${callSid} in ${conferenceSid}`;

/** Everything was subscribed to, so the numbers of a conference have no gap, and none is told before the one below. */
function outOfOrder(arrivals: readonly Arrival[]): readonly string[] {
  const takenOf = new Map<string, number>();
  return arrivals.flatMap(({ conferenceSid, sequenceNumber, isTaken }) => {
    const taken = takenOf.get(conferenceSid) ?? 0;
    if (isTaken) takenOf.set(conferenceSid, Math.max(taken, sequenceNumber));
    return sequenceNumber <= taken + 1 ? [] : [`${conferenceSid}: ${sequenceNumber} came when ${taken} was the last`];
  });
}

/** One number, one meaning, one key: whatever comes twice is the same twice. */
function unlike(arrivals: readonly Arrival[]): readonly string[] {
  const first = new Map<string, Arrival>();
  return arrivals.flatMap((arrival) => {
    const name = `${arrival.conferenceSid} ${arrival.sequenceNumber}`;
    const before = first.get(name);
    if (before === undefined) first.set(name, arrival);
    const isSame = before === undefined || (before.key === arrival.key && before.body === arrival.body);
    return isSame ? [] : [`${name} came as two different things`];
  });
}
