/** Recordings in memory; one that is over is kept until it is deleted, by hand or because it is beyond the limits. */
import type { Happening, NumberedRecording, RecordingLimits } from '../../app/ports.js';
import type { RecordingFilter, RecordingPageRequest } from '../../app/recordings/recording-views.js';
import type { AccountSid, ConferenceSid, RecordingSid } from '../../base/brands.js';
import { callSidOfRecording, isFinal, type Recording } from '../../recordings/recording.js';
import { bytesOf } from './recording-records.js';

export class MemoryRecordings {
  /** In the order of their coming to be. */
  readonly #recordings = new Map<RecordingSid, NumberedRecording>();
  #newest = 0;

  protected note(events: readonly Happening[]): void {
    for (const event of events) {
      if (event.kind === 'recording-deleted') this.#recordings.delete(event.recordingSid);
      if (event.kind !== 'recording-changed') continue;
      const { recording } = event;
      const known = this.#recordings.get(recording.sid);
      if (known === undefined) this.#newest += 1;
      this.#recordings.set(recording.sid, { number: known?.number ?? this.#newest, recording });
    }
  }

  async recording(accountSid: AccountSid, sid: RecordingSid): Promise<Recording | null> {
    const known = this.#recordings.get(sid);
    return known?.recording.accountSid === accountSid ? known.recording : null;
  }

  async recordings(
    accountSid: AccountSid,
    { conferenceSid, callSid, status, createdFromMs, createdUntilMs }: RecordingFilter,
    { before, skip, limit }: RecordingPageRequest,
  ): Promise<readonly NumberedRecording[]> {
    const matching = [...this.#recordings.values()]
      .reverse()
      .filter(
        ({ number, recording }) =>
          recording.accountSid === accountSid &&
          number < (before ?? Number.POSITIVE_INFINITY) &&
          (conferenceSid === null || recording.conferenceSid === conferenceSid) &&
          (callSid === null || callSidOfRecording(recording) === callSid) &&
          (status === null || recording.life.status === status) &&
          recording.createdAtMs >= (createdFromMs ?? 0) &&
          recording.createdAtMs <= (createdUntilMs ?? Number.POSITIVE_INFINITY),
      );
    return matching.slice(skip, skip + limit);
  }

  async recordingsOf(sid: ConferenceSid): Promise<readonly Recording[]> {
    return this.#all().filter(({ conferenceSid }) => conferenceSid === sid);
  }

  async unfinishedRecordings(): Promise<readonly Recording[]> {
    return this.#all().filter((recording) => !isFinal(recording));
  }

  async recordingsBeyond({ createdBeforeMs, bytesMax }: RecordingLimits): Promise<readonly Recording[]> {
    const used = new Map<AccountSid, number>();
    const beyond = [...this.#all()].reverse().filter((recording) => {
      const { accountSid, createdAtMs } = recording;
      const bytes = (used.get(accountSid) ?? 0) + bytesOf(recording);
      used.set(accountSid, bytes);
      const isLarge = bytesMax !== null && bytesOf(recording) > 0 && bytes > bytesMax;
      return isFinal(recording) && (isLarge || (createdBeforeMs !== null && createdAtMs < createdBeforeMs));
    });
    return beyond.reverse();
  }

  #all(): readonly Recording[] {
    return [...this.#recordings.values()].map(({ recording }) => recording);
  }
}
