/**
 * The recordings of one conference, for as long as one of them is not over: what is decided of them, committed, told to
 * the application, and shown to the engine. Everything happens in the line of the conference, so that no two changes
 * are decided on the same state.
 */
import type { AccountSid, CallSid, RecordingSid } from '../../base/brands.js';
import { empty } from '../../base/empty.js';
import type { Flavour } from '../../base/flavour.js';
import type { Clock, Logger, Random } from '../../base/ports.js';
import { ok, type Result } from '../../base/result.js';
import { newSid } from '../../base/sids.js';
import { newTrace, type Trace, traceparentOf } from '../../base/trace.js';
import type { CallbacksInput } from '../../callbacks/callback-events.js';
import type { Callback } from '../../callbacks/webhook.js';
import type { Event } from '../../conference/events.js';
import type { ConferenceState, Participant } from '../../conference/state.js';
import { noRecorders, type RoomRecorder, type RoomRecorders } from '../../media/engine-batch.js';
import type { RecorderId, ShardId } from '../../media/engine-port.js';
import { endCallback, endRecordingOf, mustWait } from '../../recordings/end-notice.js';
import {
  noRecordings,
  type RecordingChanged,
  type RecordingHappening,
  type Recordings,
  recordingChanged,
  withEvents,
} from '../../recordings/events.js';
import { recordingsFollow } from '../../recordings/follow.js';
import { finished } from '../../recordings/life.js';
import { notesOf, notesOfParticipant } from '../../recordings/notes.js';
import { recordingNotice } from '../../recordings/notices.js';
import { isFinal, isRunning, type Recording } from '../../recordings/recording.js';
import type { Refusal } from '../application.js';
import type { Metrics } from '../metrics.js';
import type { RecordingStore } from '../ports.js';
import { memoText, type TrackMemo } from './capture-memo.js';
import type { RecordingPolicy, TakenDown } from './file-port.js';
import type { Capture, Recorder, RecorderPort } from './recorder-port.js';
import type { RecordingQuota } from './recording-quota.js';
import { TrackRecorders } from './track-recorders.js';

/** What all recordings of a daemon share. */
export type RecordingParts = {
  readonly recorders: RecorderPort;
  readonly store: RecordingStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** As `recordingUrl`. */
  readonly publicUrl: () => string;
  /** Rate of a file whose room is at less. */
  readonly rateHzMin: number;
  readonly mayRecord: (accountSid: AccountSid) => boolean;
  /** Have its recordings of conferences tracks, where nothing else is said? */
  readonly hasTracks: (accountSid: AccountSid) => boolean;
  readonly quota: RecordingQuota;
  /** Is there space for what a new recording would write? */
  readonly hasSpace: () => boolean;
  /** Called after each commit that changed some of them. */
  readonly onChange: (recordings: ConferenceRecordings, events: readonly RecordingHappening[]) => void;
};

/** Where a recorder would be, of a room on its home shard, of a call on that of its leg; and the rate of the room. */
export type RecorderPlace = {
  readonly shard: ShardId;
  readonly shardOf: (callSid: CallSid) => ShardId;
  readonly rateHz: number;
};

/** The conference they are of. */
export interface RecordingHost {
  readonly flavour: Flavour;
  /** In the line of the conference, however long it is. */
  enqueue<T>(job: () => Promise<T>): Promise<T>;
  state(): ConferenceState;
  /** Null: it has no room now. */
  place(): RecorderPlace | null;
  /** The engine is to be told what `picture` says. */
  changed(): void;
  /** Those who are in are to hear that they are recorded. */
  announce(notice: Pick<RecordingPolicy, 'beep' | 'announceUrl'>): void;
}

export type FollowedChange = {
  readonly before: ConferenceState;
  readonly events: readonly Event[];
  readonly after: ConferenceState;
  readonly recordings: Recordings;
  /** Of the room that these events are about to open; null: as it is. */
  readonly place: RecorderPlace | null;
};

/** Never shorter than what a refusal of the engine may leave open. */
export class ConferenceRecordings {
  readonly #parts: RecordingParts;
  readonly #host: RecordingHost;
  #all: Recordings;
  /** Recorders that are open: in the picture, or about to be. */
  readonly #recorders = new Map<RecordingSid, Recorder>();
  /** Opened for what is not committed yet. */
  readonly #uncommitted = new Set<RecordingSid>();
  /** Of those that count among what their account may have. */
  readonly #accountOf = new Map<RecordingSid, AccountSid>();
  /** Of recordings with tracks, until all of each is on the disk. */
  readonly #tracks = new Map<RecordingSid, TrackRecorders>();
  /** On the disk, while tracks of theirs are not. */
  readonly #mixes = new Map<RecordingSid, Capture>();

  constructor(parts: RecordingParts, host: RecordingHost, all: Recordings = noRecordings) {
    this.#parts = parts;
    this.#host = host;
    this.#all = all;
  }

  all(): Recordings {
    return this.#all;
  }

  /** Something of them is still to come. */
  isBusy(): boolean {
    return [...this.#all.values()].some((recording) => !isFinal(recording));
  }

  /** What the engine is to take down now. */
  picture(): RoomRecorders {
    if (this.#recorders.size === 0) return noRecorders;
    const picture = new Map<RecorderId, RoomRecorder>();
    for (const [sid, recorder] of this.#recorders) {
      const recording = this.#all.get(sid);
      if (recording === undefined || !isRunning(recording)) continue;
      const whole = roomRecorder(recording);
      picture.set(recorder.id, whole);
      for (const [id, track] of this.#tracks.get(sid)?.picture(whole.mode) ?? []) picture.set(id, track);
    }
    return picture;
  }

  /**
   * What follows from what is about to be committed of the conference; recorders are opened for what begins. To be
   * given to `take` or back by `giveBack` at once after.
   */
  follow({ before, events, after, recordings, place }: FollowedChange): readonly RecordingChanged[] {
    if (after.phase === 'absent') return [];
    const { mayRecord, hasTracks, random } = this.#parts;
    const at = place ?? this.#host.place();
    // Written out, as in `noteCall`: each command comes by here.
    const followed = recordingsFollow({
      before,
      events,
      after,
      recordings,
      isAllowed: mayRecord(after.accountSid),
      hasTracks: hasTracks(after.accountSid),
      newSid: () => newSid('recording', random),
    }).map((event) => (isRunning(event.recording) ? recordingChanged(this.#opened(event.recording, at)) : event));
    this.#openTracks(withEvents(recordings, followed), after, at);
    return followed;
  }

  /** The commit came to pass; the conference is as it is `after`, by these events. */
  take(recordings: Recordings, after: ConferenceState, events: readonly Event[] = []): void {
    const before = this.#all;
    empty(this.#uncommitted);
    this.#all = recordings;
    this.#releaseStopped();
    for (const [sid, tracks] of this.#tracks) {
      const recorder = this.#recorders.get(sid);
      const was = before.get(sid);
      // Who is in when it begins comes in with it; what it ends with belongs to it.
      const notes = was === undefined ? rosterOf(after).flatMap(notesOfParticipant) : notesOf(events);
      if (was === undefined || isRunning(was)) for (const note of notes) recorder?.note(note);
      tracks.commit((callSid) => after.phase === 'in-progress' && after.participants.has(callSid));
    }
  }

  /** It did not. */
  giveBack(): void {
    for (const sid of this.#uncommitted) {
      this.#releaseQuota(sid);
      this.#recorders.get(sid)?.release();
      this.#recorders.delete(sid);
    }
    for (const tracks of this.#tracks.values()) tracks.giveBack();
    for (const sid of this.#uncommitted) this.#tracks.delete(sid);
    empty(this.#uncommitted);
  }

  /**
   * Decides, commits and tells, in the line of the conference; refused or not written, nothing has changed. Resolves
   * with the recordings as they are then.
   */
  change(
    decide: (recordings: Recordings, state: ConferenceState) => Result<readonly RecordingHappening[], Refusal>,
    trace: Trace | null = null,
  ): Promise<Result<Recordings, Refusal>> {
    return this.#host.enqueue(async () => {
      const before = this.#all;
      const decided = decide(before, this.#host.state());
      if (!decided.ok) return decided;
      const events = decided.value;
      const [first] = events;
      if (first === undefined) return ok(before);
      const after = withEvents(before, events);
      const committed = await this.#commit(events, { before, after }, trace ?? newTrace(this.#parts.random));
      if (!committed.ok) {
        this.giveBack();
        return committed;
      }
      this.take(after, this.#host.state());
      this.#host.changed();
      this.#parts.onChange(this, events);
      return ok(after);
    });
  }

  #releaseStopped(): void {
    for (const sid of this.#accountOf.keys()) {
      const recording = this.#all.get(sid);
      if (recording === undefined || !isRunning(recording)) this.#releaseQuota(sid);
    }
  }

  #releaseQuota(sid: RecordingSid): void {
    const accountSid = this.#accountOf.get(sid);
    if (accountSid !== undefined) this.#parts.quota.release(accountSid, sid);
    this.#accountOf.delete(sid);
  }

  /** A recorder for one that begins now, or that recording failed. */
  begin(recording: Recording): Recording {
    const place = this.#host.place();
    const begun = this.#opened(recording, place);
    this.#openTracks(new Map([[begun.sid, begun]]), this.#host.state(), place);
    return begun;
  }

  announce(notice: Pick<RecordingPolicy, 'beep' | 'announceUrl'>): void {
    this.#host.announce(notice);
  }

  /** A capture of one of them is over. What there is of the recording, once all of it is on the disk; else null. */
  over(capture: Capture, track: TrackMemo | null): TakenDown | null {
    const sid = track?.of ?? capture.recording;
    const tracks = this.#tracks.get(sid);
    if (track === null) this.#mixes.set(sid, capture);
    else tracks?.over(capture, track);
    const mix = this.#mixes.get(sid);
    if (mix === undefined || tracks?.isOver() === false) return null;
    this.#mixes.delete(sid);
    return { mix, tracks: tracks?.taken() ?? [] };
  }

  /** It is finished: its recorders are no more. */
  forget(sid: RecordingSid): void {
    this.#recorders.delete(sid);
    this.#tracks.delete(sid);
  }

  /** What the application is told of `events`, which lead from one to the other. */
  callbacks(
    events: readonly RecordingHappening[],
    { before, after }: { readonly before: Recordings; readonly after: Recordings },
  ): readonly Callback[] {
    if (events.length === 0) return [];
    const context = { flavour: this.#host.flavour, publicUrl: this.#parts.publicUrl() };
    const changed = new Set(
      events.flatMap((event) => (event.kind === 'recording-changed' ? [event.recording.sid] : [])),
    );
    return [...changed].flatMap((sid) => {
      const recording = after.get(sid);
      if (recording === undefined) return [];
      const was = before.get(sid) ?? null;
      const notice = recordingNotice(was, recording, context);
      const isOverNow = isFinal(recording) && (was === null || !isFinal(was));
      const end = isOverNow ? endCallback(recording, after, context) : null;
      return [notice, end].flatMap((callback) => callback ?? []);
    });
  }

  /** What the end of the conference may say of them. */
  endOf(recordings: Recordings): Pick<CallbacksInput, 'recording' | 'mustWait'> {
    if (recordings.size === 0) return {};
    const { flavour } = this.#host;
    return { recording: endRecordingOf(recordings, this.#parts.publicUrl(), flavour), mustWait: mustWait(recordings) };
  }

  #opened(recording: Recording, place: RecorderPlace | null): Recording {
    const { recorders, hasSpace, quota, metrics, logger, rateHzMin } = this.#parts;
    const failed = (why: string): Recording => {
      logger.warn('recording-not-begun', { recordingSid: recording.sid, why });
      return finished(recording, { kind: 'failed', why }, recording.createdAtMs);
    };
    const refused = (lack: string): Recording => {
      metrics.count('parley_recordings_refused_total', {});
      return failed(lack);
    };
    if (place === null) return refused('the conference has no room');
    if (!hasSpace()) return refused('the disk is nearly full');
    // A matter of the account alone, and so none of those who run the daemon.
    if (quota.refusal(recording.accountSid) !== null) return failed('the account has as many recordings as it may');
    const { sid, channels, accountSid, conferenceSid, subject, hasTracks } = recording;
    const rateHz = fileRate(Math.max(place.rateHz, rateHzMin));
    const opened = recorders.open({
      recording: sid,
      shard: subject.kind === 'conference' ? place.shard : place.shardOf(subject.callSid),
      rateHz,
      channels,
      memo: memoText({ accountSid, conferenceSid }),
    });
    if (!opened.ok) return refused(opened.error.kind);
    this.#recorders.set(sid, opened.value);
    this.#uncommitted.add(sid);
    quota.take(recording.accountSid, sid);
    this.#accountOf.set(sid, recording.accountSid);
    if (hasTracks === true) this.#tracks.set(sid, new TrackRecorders(this.#parts, recording, rateHz));
    return recording;
  }

  /** For those of `recordings` that run and have tracks: one for each who is in `state`. */
  #openTracks(recordings: Recordings, state: ConferenceState, place: RecorderPlace | null): void {
    if (place === null) return;
    for (const [sid, tracks] of this.#tracks) {
      const recording = recordings.get(sid);
      if (recording !== undefined && isRunning(recording)) tracks.open(rosterOf(state), place.shardOf);
    }
  }

  async #commit(
    events: readonly RecordingHappening[],
    change: { readonly before: Recordings; readonly after: Recordings },
    trace: Trace,
  ) {
    const { store, random } = this.#parts;
    const of = [...change.before.values(), ...change.after.values()][0];
    if (of === undefined) return ok(undefined);
    const traceparent = traceparentOf(trace, random);
    const callbacks = this.callbacks(events, change).map((callback) => ({ ...callback, traceparent }));
    const { accountSid, conferenceSid } = of;
    return store.commitRecordings({ accountSid, conferenceSid, events, trace, callbacks });
  }
}

const rosterOf = (state: ConferenceState): readonly Participant[] =>
  state.phase === 'in-progress' ? [...state.participants.values()] : [];

function roomRecorder({ subject, life }: Recording): RoomRecorder {
  const mode = life.status !== 'paused' ? 'recording' : life.behavior === 'silence' ? 'silent' : 'skipping';
  const source =
    subject.kind === 'conference'
      ? ({ kind: 'mix' } as const)
      : ({ kind: subject.track, callSid: subject.callSid } as const);
  return { source, mode };
}

/** A file has one of the rates of rooms. */
const fileRate = (rateHz: number): number => (rateHz <= 8000 ? 8000 : rateHz <= 16_000 ? 16_000 : 48_000);
