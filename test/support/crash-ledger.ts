/**
 * Commands to a daemon that is killed now and then, and what was said of each: accepted, refused, or nothing, because
 * the daemon died.
 */
import { randomUUID } from 'node:crypto';
import { type ServiceError, status } from '@grpc/grpc-js';
import { ApiClient } from '../../src/client/api-client.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import type { Chance } from './moody-receiver.js';
import type { Expected, Promises } from './told.js';

/** Silence after a request: it may have been done or not. */
const silences: readonly number[] = [status.UNAVAILABLE, status.CANCELLED, status.DEADLINE_EXCEEDED];

export class CrashLedger implements Promises {
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
