/** What goes on beside those who talk: parties that come and go, rooms that are recorded for a while. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RecordingStatus } from '../../src/gen/parley/v1/recording_pb.js';
import { RecordingService } from '../../src/gen/parley/v1/recording_service_pb.js';
import type { Callers } from '../load/callers.js';

const staysMs = 2500;
const awayMs = 300;
const recordedMs = 10_000;

export type Restless = { joins: number; recordings: number; refused: Record<string, number> };

/** Until `isOver`. What is refused is counted by its message, and tried again later. */
export async function beRestless(
  callers: Callers,
  comeAndGo: readonly number[],
  recordedRooms: readonly string[],
  isOver: AbortSignal,
): Promise<Restless> {
  const done: Restless = { joins: 0, recordings: 0, refused: {} };
  const wait = (ms: number): Promise<void> => sleep(ms, undefined, { signal: isOver }).catch(() => {});
  const tried = async (what: string, action: () => Promise<unknown>): Promise<boolean> => {
    try {
      await action();
      return true;
    } catch (error) {
      const why = `${what}: ${error instanceof Error ? error.message : String(error)}`;
      done.refused[why] = (done.refused[why] ?? 0) + 1;
      return false;
    }
  };
  const party = async (leg: number, index: number): Promise<void> => {
    await wait((staysMs * index) / comeAndGo.length);
    while (!isOver.aborted) {
      const isGone = await tried('leave', () => callers.hangUp(leg));
      await wait(awayMs);
      if (!isGone) continue;
      if (await tried('join', () => callers.dial(leg))) done.joins += 1;
      await wait(staysMs);
    }
  };
  const room = async (conferenceSid: string): Promise<void> => {
    while (!isOver.aborted) {
      const { startRecording, updateRecording } = RecordingService.method;
      if (await tried('record', () => callers.client.call(startRecording, { conferenceSid }))) done.recordings += 1;
      await wait(recordedMs);
      const stop = { recordingSid: 'CURRENT', conferenceSid, status: RecordingStatus.STOPPED };
      await tried('stop', () => callers.client.call(updateRecording, stop));
      await wait(1000);
    }
  };
  await Promise.all([...comeAndGo.map(party), ...recordedRooms.map(room)]);
  return done;
}
