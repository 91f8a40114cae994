/** Parties of an account that come at a modest rate, and how long each had to wait for the reply to its dial. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../src/client/api-client.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { Beep } from '../../src/gen/parley/v1/dial_pb.js';

const staysMs = 500;
const rooms = 5;

export type Joins = {
  /** In ms, from when each was due. */
  readonly tookMs: readonly number[];
  readonly failed: number;
};

/** Whether or not the daemon keeps up. */
export async function joins(client: ApiClient, perSecond: number, seconds: number): Promise<Joins> {
  const tookMs: number[] = [];
  let failed = 0;
  const startedMs = performance.now();
  const comeAndGo = async (party: number, dueMs: number): Promise<void> => {
    try {
      const conference = { roomName: `join ${party % rooms}`, waitUrl: '', beep: Beep.FALSE };
      const { callSid } = await client.call(CallService.method.dial, {
        instruction: { case: 'dial', value: { conference } },
        media: { case: 'grpc', value: { encoding: MediaEncoding.PCMU, sampleRateHz: 8000 } },
      });
      tookMs.push(performance.now() - dueMs);
      await sleep(staysMs);
      await client.call(CallService.method.updateCall, { callSid, update: { case: 'hangUp', value: {} } });
    } catch {
      failed += 1;
    }
  };
  const parties: Promise<void>[] = [];
  for (let party = 0; party < perSecond * seconds; party += 1) {
    const dueMs = startedMs + (party * 1000) / perSecond;
    await sleep(Math.max(0, dueMs - performance.now()));
    parties.push(comeAndGo(party, dueMs));
  }
  await Promise.all(parties);
  return { tookMs, failed };
}
