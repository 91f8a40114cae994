/**
 * Recordings as the faces use them: begun, changed, found, read and deleted; and what becomes of them by themselves.
 */
import { assert } from '../../base/assert.js';
import { type AccountSid, type ConferenceSid, epochMs, type RecordingSid } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import { err, ok, type Result } from '../../base/result.js';
import { newSid } from '../../base/sids.js';
import { newTrace } from '../../base/trace.js';
import type { ConferenceState } from '../../conference/state.js';
import { type RecordingHappening, type Recordings, recordingChanged } from '../../recordings/events.js';
import { conferenceRecording, currentOf } from '../../recordings/follow.js';
import { changed, finished } from '../../recordings/life.js';
import {
  isFinal,
  isRunning,
  isSoundPart,
  type Recording,
  type RecordingPart,
  type SoundPart,
} from '../../recordings/recording.js';
import { recordingUrl, signedUrl } from '../../recordings/recording-url.js';
import type { RecordingUseCases, Refusal } from '../application.js';
import { createCommandQueue } from '../conferences/command-queue.js';
import type { ConferenceRegistry } from '../conferences/conference-registry.js';
import type { RecordingStore, Store } from '../ports.js';
import { trackOfMemo } from './capture-memo.js';
import { ConferenceRecordings, type RecordingParts } from './conference-recordings.js';
import type { RecordingFiles, RecordingPolicyOf, SignLink } from './file-port.js';
import { Finisher } from './finisher.js';
import type { Capture } from './recorder-port.js';
import { RecordingQuota } from './recording-quota.js';
import type { RecordingChoice, RecordingView } from './recording-views.js';

export type RecordingDeskParts = Omit<RecordingParts, 'quota' | 'onChange' | 'mayRecord' | 'hasTracks' | 'store'> & {
  readonly store: RecordingStore & Pick<Store, 'conference'>;
  readonly files: RecordingFiles;
  readonly policyOf: RecordingPolicyOf;
  readonly flavourOf: (accountSid: AccountSid) => Flavour;
  readonly signLink: SignLink;
};

/** While the last of what was taken down is on its way to the disk. */
const idlePollMs = 20;

type Find = Pick<ConferenceRegistry, 'find'>;

export class RecordingDesk {
  /** What the recordings of every conference share. */
  readonly shared: RecordingParts;
  readonly finisher: Finisher;
  readonly #parts: RecordingDeskParts;
  /** By conference, for as long as one of its recordings is not over. */
  readonly #busy = new Map<ConferenceSid, ConferenceRecordings>();
  /** One at a time for each part of a recording that is not kept. */
  readonly #converting = new Map<string, Promise<Recording | null | 'away'>>();
  readonly #quota: RecordingQuota;
  #running = 0;

  constructor(parts: RecordingDeskParts) {
    this.#parts = parts;
    this.#quota = new RecordingQuota((accountSid) => parts.policyOf(accountSid).runningMax ?? null, parts.metrics);
    this.shared = {
      ...parts,
      quota: this.#quota,
      mayRecord: (accountSid) => !parts.policyOf(accountSid).isForbidden,
      hasTracks: (accountSid) => parts.policyOf(accountSid).hasTracks,
      onChange: (recordings, events) => this.#changed(recordings, events),
    };
    this.finisher = new Finisher({ ...parts, onDone: (recordings) => this.#settle(recordings) });
    parts.recorders.onOver((capture) => this.#over(capture));
  }

  /**
   * What the last process left behind is finished: of recordings that ran, what is on the disk. REQUIRES: conferences
   * that were live have been ended. Resolves once it has begun.
   */
  async resume(captures: readonly Capture[]): Promise<void> {
    const { store, recorders, clock, logger } = this.#parts;
    const bySid = new Map(captures.map((capture) => [capture.recording, capture]));
    const tracks = captures.flatMap((capture) => {
      const memo = trackOfMemo(capture.memo);
      return memo === null ? [] : [{ capture, ...memo }];
    });
    for (const recording of await store.unfinishedRecordings()) {
      const recordings = await this.line(recording.accountSid, recording.conferenceSid);
      const capture = bySid.get(recording.sid);
      if (capture !== undefined) {
        const own = tracks.filter(({ of }) => of === recording.sid);
        for (const each of [capture, ...own.map((track) => track.capture)]) bySid.delete(each.recording);
        this.finisher.add({ recordings, taken: { mix: capture, tracks: own } });
      } else {
        const outcome = { kind: 'failed', why: 'nothing of it is on the disk' } as const;
        await recordings.change((all) => {
          const known = all.get(recording.sid);
          return ok(
            known === undefined || isFinal(known) ? [] : [recordingChanged(finished(known, outcome, clock.now()))],
          );
        });
        this.#settle(recordings);
      }
    }
    // Finished or deleted before the last process ended, and not discarded by then.
    for (const capture of bySid.values()) {
      logger.info('capture-discarded', { recordingSid: capture.recording });
      await recorders.discard(capture);
    }
  }

  /** The recordings of a conference that is no longer live. */
  async line(accountSid: AccountSid, conferenceSid: ConferenceSid): Promise<ConferenceRecordings> {
    const known = this.#busy.get(conferenceSid);
    if (known !== undefined) return known;
    const { store, flavourOf } = this.#parts;
    const [all, state] = await Promise.all([
      store.recordingsOf(conferenceSid),
      store.conference(accountSid, conferenceSid),
    ]);
    const queue = createCommandQueue();
    const recordings = new ConferenceRecordings(
      this.shared,
      {
        flavour: flavourOf(accountSid),
        enqueue: (job) => queue.addAlways(job),
        state: () => state ?? { phase: 'absent' },
        place: () => null,
        changed: () => {},
        announce: () => {},
      },
      new Map(all.map((recording) => [recording.sid, recording])),
    );
    if (recordings.isBusy()) this.#busy.set(conferenceSid, recordings);
    return recordings;
  }

  /** `why` for the metrics; as the use case. */
  async delete(
    accountSid: AccountSid,
    sid: RecordingSid,
    because: 'asked' | 'retention',
  ): Promise<Result<void, Refusal>> {
    const { store, files, clock, random, metrics } = this.#parts;
    const recording = await store.recording(accountSid, sid);
    if (recording === null) return err({ kind: 'recording-unknown' });
    if (!isFinal(recording)) return err({ kind: 'recording-state', status: recording.life.status });
    // Files first: what is listed no more must not be there any more.
    await files.delete(recording);
    const { conferenceSid } = recording;
    const event = { kind: 'recording-deleted', atMs: clock.now(), recordingSid: sid } as const;
    const deleted = await (this.#busy.get(conferenceSid)?.change(() => ok([event])) ??
      store.commitRecordings({ accountSid, conferenceSid, events: [event], trace: newTrace(random), callbacks: [] }));
    if (!deleted.ok) return deleted;
    metrics.count('parley_recordings_deleted_total', { because });
    return ok(undefined);
  }

  /** Resolves once nothing is taken down any more and everything that was is finished. */
  async idle(): Promise<void> {
    const { clock } = this.#parts;
    while (this.#busy.size > 0) {
      await this.finisher.idle();
      if (this.#busy.size > 0) await new Promise<void>((resolve) => clock.after(idlePollMs, resolve));
    }
  }

  urlOf(accountSid: AccountSid, sid: RecordingSid): string {
    const { publicUrl, flavourOf } = this.#parts;
    return recordingUrl(publicUrl(), accountSid, sid, flavourOf(accountSid));
  }

  useCases(registry: Find): RecordingUseCases {
    const { store, clock, random, policyOf, hasSpace, metrics } = this.#parts;
    const seen = async (accountSid: AccountSid, choice: RecordingChoice): Promise<Recording | null> => {
      if (typeof choice === 'string') return store.recording(accountSid, choice);
      const runner = registry.find(accountSid, choice.currentOf);
      return runner === null ? null : currentOf(runner.recordings().all());
    };
    return {
      startRecording: async (accountSid, conferenceSid, wishes, trace) => {
        const runner = registry.find(accountSid, conferenceSid);
        if (runner === null) {
          const known = await store.conference(accountSid, conferenceSid);
          return err({ kind: known === null ? 'conference-unknown' : 'conference-completed' });
        }
        if (policyOf(accountSid).isForbidden) return err({ kind: 'recording-forbidden' });
        if (!hasSpace()) {
          metrics.count('parley_recordings_refused_total', {});
          return err({ kind: 'recording-no-space' });
        }
        const full = this.#quota.refusal(accountSid);
        if (full !== null) return err(full);
        const sid = newSid('recording', random);
        const recordings = runner.recordings();
        const begun = await recordings.change((all, state) => {
          const refusal = refusalToBegin(all, state);
          if (refusal !== null) return err(refusal);
          assert(state.phase === 'in-progress', 'what may be recorded is in progress');
          const { hasTracks } = policyOf(accountSid);
          const wanted = { source: 'start-conference-recording', hasTracks, ...wishes } as const;
          const recording = recordings.begin(conferenceRecording(state, wanted, sid, clock.now()));
          return isRunning(recording) ? ok([recordingChanged(recording)]) : err({ kind: 'recordings-full' });
        }, trace ?? null);
        return begun.ok ? this.#viewOf(begun.value, sid) : begun;
      },

      updateRecording: async (accountSid, choice, change, trace) => {
        const known = await seen(accountSid, choice);
        if (known === null) return err({ kind: 'recording-unknown' });
        const recordings = this.#busy.get(known.conferenceSid);
        if (recordings === undefined || isFinal(known)) {
          return err({ kind: 'recording-state', status: known.life.status });
        }
        const updated = await recordings.change((all) => {
          const recording = all.get(known.sid);
          if (recording === undefined) return err({ kind: 'recording-unknown' });
          const next = changed(recording, change, clock.now());
          return next.ok ? ok([recordingChanged(next.value)]) : next;
        }, trace ?? null);
        return updated.ok ? this.#viewOf(updated.value, known.sid) : updated;
      },

      recording: async (accountSid, choice) => {
        const known = await seen(accountSid, choice);
        return known === null ? err({ kind: 'recording-unknown' }) : ok(this.#view(known));
      },

      recordings: async (accountSid, filter, page) => {
        const rows = await store.recordings(accountSid, filter, { ...page, limit: page.limit + 1 });
        const shown = rows.slice(0, page.limit);
        const next = rows.length > shown.length ? (shown.at(-1)?.number ?? null) : null;
        return { recordings: shown.map(({ recording }) => this.#view(recording)), next };
      },

      deleteRecording: (accountSid, sid) => this.delete(accountSid, sid, 'asked'),

      openRecording: async (accountSid, sid, part) => {
        const { files } = this.#parts;
        const known = await store.recording(accountSid, sid);
        if (known === null) return err({ kind: 'recording-unknown' });
        const none = err({ kind: 'recording-without-file', status: known.life.status } as const);
        const away = err({ kind: 'recording-files-away' } as const);
        const recording = known.life.status === 'completed' ? await this.#withPart(known, part) : null;
        if (recording === 'away') return away;
        if (recording?.life.status !== 'completed') return none;
        const file = recording.life.media.files.find((each) => each.part === part);
        const open = file === undefined ? null : await files.open(recording, file);
        if (open === 'away') return away;
        return open === null ? none : ok(open);
      },

      linkRecording: async (accountSid, sid, part, ttlSeconds) => {
        const known = await store.recording(accountSid, sid);
        if (known === null) return err({ kind: 'recording-unknown' });
        const { status } = known.life;
        const expiresAtSeconds = Math.floor(clock.now() / 1000) + ttlSeconds;
        const signature = this.#parts.signLink(accountSid, sid, part, expiresAtSeconds);
        // One that is not completed yet will be; what is over without a file has none.
        if (status === 'absent' || status === 'failed' || signature === null) {
          return err({ kind: 'recording-without-file', status });
        }
        const url = signedUrl(this.urlOf(accountSid, sid), part, expiresAtSeconds, signature);
        return ok({ url, expiresAtMs: epochMs(expiresAtSeconds * 1000) });
      },
    };
  }

  /** Null: it cannot be made. */
  #withPart(recording: Recording, part: RecordingPart): Promise<Recording | null | 'away'> {
    const { life } = recording;
    if (life.status === 'completed' && life.media.files.some((file) => file.part === part)) {
      return Promise.resolve(recording);
    }
    // What was not made with it cannot be made of its sound.
    if (!isSoundPart(part)) return Promise.resolve(null);
    const key = `${recording.sid} ${part}`;
    const converting =
      this.#converting.get(key) ?? this.#convert(recording, part).finally(() => this.#converting.delete(key));
    this.#converting.set(key, converting);
    return converting;
  }

  async #convert(recording: Recording, part: SoundPart): Promise<Recording | null | 'away'> {
    const { files, store, clock, random } = this.#parts;
    const { accountSid, conferenceSid, sid } = recording;
    const file = await files.convert(recording, part);
    if (file === 'away') return file;
    const now = await store.recording(accountSid, sid);
    // It may have been deleted while the file was made: then that must not stay.
    if (file === null || now?.life.status !== 'completed') {
      if (now === null) await files.delete(recording);
      return null;
    }
    const { media } = now.life;
    const others = media.files.filter((each) => each.part !== part);
    const life = { ...now.life, media: { ...media, files: [...others, file] } };
    const event = recordingChanged({ ...now, life, updatedAtMs: clock.now() });
    const commit = { accountSid, conferenceSid, events: [event], trace: newTrace(random), callbacks: [] };
    const committed = await (this.#busy.get(conferenceSid)?.change(() => ok([event])) ??
      store.commitRecordings(commit));
    return committed.ok ? event.recording : null;
  }

  #viewOf(recordings: Recordings, sid: RecordingSid): Result<RecordingView, Refusal> {
    const recording = recordings.get(sid);
    return recording === undefined ? err({ kind: 'recording-unknown' }) : ok(this.#view(recording));
  }

  #view(recording: Recording): RecordingView {
    const { accountSid, sid, life } = recording;
    const progress = life.status === 'processing' ? (this.finisher.progress(sid) ?? 0) : null;
    return { ...recording, progress, url: this.urlOf(accountSid, sid) };
  }

  #over(capture: Capture): void {
    const { recorders, logger } = this.#parts;
    const track = trackOfMemo(capture.memo);
    const recordingSid = track?.of ?? capture.recording;
    const recordings = [...this.#busy.values()].find((each) => each.all().has(recordingSid));
    if (recordings !== undefined) {
      const taken = recordings.over(capture, track);
      if (taken !== null) this.finisher.add({ recordings, taken });
      return;
    }
    logger.error('capture-of-nothing', { recordingSid });
    recorders
      .discard(capture)
      .catch((error: unknown) => logger.error('capture-not-discarded', { recordingSid, error }));
  }

  #changed(recordings: ConferenceRecordings, events: readonly RecordingHappening[]): void {
    for (const event of events) {
      if (event.kind !== 'recording-changed') continue;
      const { recording } = event;
      this.#busy.set(recording.conferenceSid, recordings);
      if (isBeginning(recording)) recordings.announce(this.#parts.policyOf(recording.accountSid));
    }
    this.#settle(recordings);
    this.#running = [...this.#busy.values()].reduce(
      (sum, each) => sum + [...each.all().values()].filter(isRunning).length,
      0,
    );
    this.#parts.metrics.set('parley_recordings_running', {}, this.#running);
  }

  #settle(recordings: ConferenceRecordings): void {
    if (recordings.isBusy()) return;
    for (const [sid, each] of this.#busy) if (each === recordings) this.#busy.delete(sid);
  }
}

/** Of the conference itself: whoever dials with a record of its own is told by whoever makes it do so. */
const isBeginning = ({ subject, life, createdAtMs, updatedAtMs }: Recording): boolean =>
  subject.kind === 'conference' && life.status === 'in-progress' && createdAtMs === updatedAtMs;

/** One after another, and only what is in progress. */
function refusalToBegin(all: Recordings, state: ConferenceState): Refusal | null {
  if (state.phase === 'completed') return { kind: 'conference-completed' };
  if (state.phase !== 'in-progress') return { kind: 'conference-not-started' };
  const current = currentOf(all);
  return current === null ? null : { kind: 'recording-state', status: current.life.status };
}
