/**
 * Parley as its faces see it, put together: what a face asks becomes a command to a conference, and what came of it is
 * shown. An account reaches only what is its own; anything else is unknown to it.
 */
import { assert } from '../base/assert.js';
import type { AccountSid, CallSid, EpochMs } from '../base/brands.js';
import { err, ok } from '../base/result.js';
import type { Callback } from '../callbacks/webhook.js';
import type { Event } from '../conference/events.js';
import type { ConferenceState } from '../conference/state.js';
import { noLimits } from './account-limits.js';
import type { Application, DialRequest, DrainView } from './application.js';
import { CallRuns } from './calls/call-runs.js';
import { callUseCases } from './calls/call-use-cases.js';
import { Calls } from './calls/calls.js';
import { dial } from './calls/dial.js';
import { legEvents } from './calls/leg-events.js';
import type { MediaSettings } from './calls/leg-media.js';
import { legCapacity } from './capacity.js';
import { ConferenceRegistry, type RegistryParts } from './conferences/conference-registry.js';
import type { Change, ConferenceRunner } from './conferences/conference-runner.js';
import { conferenceUseCases } from './conferences/conference-use-cases.js';
import { lookAtRates } from './conferences/rates-in-turn.js';
import { SpeechAsked } from './conferences/speech-asked.js';
import { Debugger, noteFinding } from './debugger.js';
import { Drain } from './drain.js';
import { isMediaEvent, MediaSupervision, type MediaTimeout } from './health/media-supervision.js';
import { ParticipantStates } from './health/participant-states.js';
import { createQualitySampler, type QualitySampler } from './health/quality-sampler.js';
import { RoomRateSaving } from './health/room-rate-saving.js';
import { limitedDocuments } from './limited-documents.js';
import { type OriginateByUrlParts, originateByUrl } from './originations/originate-by-url.js';
import { originationUseCases } from './originations/origination-use-cases.js';
import { Originations } from './originations/originations.js';
import type { CallbackDesk, Documents } from './ports.js';
import type { RecordingDesk } from './recordings/recording-desk.js';
import { Players } from './sounds/players.js';
import { type LiveRooms, liveRooms } from './status/live-rooms.js';
import { ParticipantTime } from './usage/participant-time.js';
import { Watchers } from './watchers.js';

export type ParleyParts = Omit<RegistryParts, 'onChange' | 'players' | 'debug' | 'recordings' | 'rateSaving'> & {
  readonly recordings: RecordingDesk;
  readonly desk: CallbackDesk;
  readonly media: MediaSettings;
  readonly mediaTimeout: MediaTimeout;
  /** Share of a tick beyond which a shard takes no newcomer, above 0 to 1. */
  readonly tickLoadMax: number;
  /** As `Application.webRule`. Left out: every URL may be requested. */
  readonly webRule?: Application['webRule'];
  readonly documents: Documents;
  /** Those who send calls are told that no new conference is begun, or that one is again. */
  readonly onDraining?: (isDraining: boolean) => void;
  /** How accounts are asked by their URL to make calls; left out: none has one. */
  readonly originateBy?: Pick<OriginateByUrlParts, 'webhooks' | 'urlOf'>;
};

export interface Parley extends Application {
  /** The daemon stops: as `Drain.goDown`. */
  goDown(withinMs: number, hurried: Promise<void>): Promise<void>;
  /** An event of a conference was given up: its account may look that up (16010, CONTRACT §3.3). */
  noteUndelivered(callback: Callback): void;
  /** Adds the quality of legs to the metrics while it runs. */
  readonly quality: QualitySampler;
  /** Where rooms are mixed at less: they follow what is said here. */
  readonly rateSaving: RoomRateSaving;
  /** Brings those of the metrics up to date that nobody counts as they change. */
  measure(): void;
  /** What goes on now, for the status page. */
  readonly live: LiveRooms;
  /** Ends every conference, also those that dials under way still make. REQUIRES: nobody is let in. */
  endAll(): Promise<void>;
}

/** While a dial under way at the end of a drain finishes. */
const endAllPollMs = 5;

/** After an end that could not be written. */
const endRetryMs = 1000;

export function createParley(parts: ParleyParts): Parley {
  const { engine, store, desk, metrics, clock, logger, random } = parts;
  const { limitsOf = () => noLimits } = parts;
  const calls = new Calls(metrics, (accountSid) => limitsOf(accountSid).callsMax);
  const watchers = new Watchers();
  const participantTime = new ParticipantTime(clock, metrics);
  const participantStates = new ParticipantStates(metrics);
  const speechAsked = new SpeechAsked(engine);
  const counts = { init: 0, 'in-progress': 0 };

  const countPhases = (before: ConferenceState, after: ConferenceState): void => {
    for (const [state, step] of [[before, -1] as const, [after, 1] as const]) {
      const { phase } = state;
      if (phase !== 'init' && phase !== 'in-progress') continue;
      counts[phase] += step;
      metrics.set('parley_conferences', { phase }, counts[phase]);
    }
  };
  const note = (
    event: Event,
    runner: ConferenceRunner,
    { after, traces }: Change & { readonly after: Exclude<ConferenceState, { phase: 'absent' }> },
  ): void => {
    const { accountSid, conferenceSid } = after;
    if (event.kind === 'participant-joined') {
      participantTime.came(accountSid);
      const { callSid, call, joinedAtMs } = event.participant;
      const leg = runner.leg(callSid);
      assert(leg !== null, 'who joined has a leg');
      if (calls.live(accountSid, callSid) === null) {
        calls.begin(accountSid, { callSid, call, startedAtMs: joinedAtMs }, { conferenceSid, ...leg });
        supervision.begin(leg);
      } else calls.enter(accountSid, callSid, conferenceSid);
      runs.entered(accountSid, callSid, joinedAtMs);
    }
    if (event.kind === 'participant-left') {
      participantTime.went(accountSid);
      if (event.callContinues) calls.leave(accountSid, event.callSid);
      else callEnded(accountSid, event.callSid, event.atMs);
      runs.left(accountSid, event, traces.get(event) ?? null);
    }
    if (event.kind === 'conference-ended') {
      metrics.count('parley_conferences_ended_total', { reason: event.reason });
      originations.conferenceEnded(accountSid, conferenceSid);
    }
    logger.debug(event.kind, { accountSid, conferenceSid, traceId: traces.get(event)?.traceId });
  };
  const onChange = (runner: ConferenceRunner, change: Change): void => {
    const { before, events, after } = change;
    assert(after.phase !== 'absent', 'something has happened');
    countPhases(before, after);
    if (before.phase === 'absent') metrics.count('parley_account_conferences_total', { account: after.accountSid });
    for (const event of events) note(event, runner, { ...change, after });
    participantStates.changed(after);
    speechAsked.changed(after);
    watchers.tell(after);
  };
  const callEnded = (accountSid: AccountSid, callSid: CallSid, atMs: EpochMs): void => {
    supervision.end(calls.end(accountSid, callSid, atMs));
    originations.callEnded(accountSid, callSid);
  };
  const debug = new Debugger(metrics);
  const players = new Players(parts);
  const { recordings } = parts;
  const rateSaving = new RoomRateSaving();
  const shared = recordings.shared;
  const registry = new ConferenceRegistry({ ...parts, players, debug, rateSaving, recordings: shared, onChange });
  rateSaving.onChange((shard) => lookAtRates(registry.onShard(shard), clock));

  const endSurely = (runner: ConferenceRunner): void => {
    runner.end().then(
      (isEnded) => {
        if (!isEnded) clock.after(endRetryMs, () => endSurely(runner));
      },
      (error: unknown) => logger.error('conference-not-ended', { error }),
    );
  };
  const supervision = new MediaSupervision({
    ...parts,
    ...{ timeout: parts.mediaTimeout, calls, registry },
    hangUp: ({ accountSid, view }) => runs.hangUp(accountSid, view.callSid),
  });
  const { sounds, flavourOf, media } = parts;
  const documents = limitedDocuments({ documents: parts.documents, limitsOf, clock, metrics });
  const runs = new CallRuns({
    ...{ engine, calls, registry, documents, sounds, players, media, metrics, random, clock, logger },
    ...{ flavourOf, debug },
    recordingUrlOf: (accountSid, sid) => recordings.urlOf(accountSid, sid),
    onStanding({ accountSid, callSid, call }, leg) {
      calls.begin(accountSid, { callSid, call, startedAtMs: clock.now() }, { conferenceSid: null, ...leg });
      supervision.begin(leg);
    },
    onHungUp: ({ accountSid, callSid }, atMs) => callEnded(accountSid, callSid, atMs),
  });
  const { originateBy } = parts;
  const originations: Originations = new Originations({
    ...{ registry, calls, media, metrics, random, store, clock, logger, flavourOf },
    hasUrl: (accountSid) => originateBy?.urlOf(accountSid) != null,
    byUrl:
      originateBy === undefined
        ? () => false
        : originateByUrl({ ...originateBy, random, logger, flavourOf, onRefused: (each) => originations.failed(each) }),
  });
  const onLegEvent = legEvents({ calls, registry, clock, logger });
  engine.onEvent((event) => {
    if (event.kind === 'leg-digit' || event.kind === 'leg-speech-changed') onLegEvent(event);
    if (isMediaEvent(event)) supervision.hear(event);
    if (event.kind === 'player-ended') players.ended(event.player);
    if (event.kind !== 'shard-failed') return;
    metrics.count('parley_shards_failed_total', {});
    players.shardFailed(event.shard);
    runs.onShardFailed(event.shard);
    for (const runner of registry.onShard(event.shard)) endSurely(runner);
  });

  const endAll = async (): Promise<void> => {
    assert(drain.admission() === 'none', 'nobody joins while all are sent away');
    runs.stop();
    originations.cancelAll();
    while (calls.dialing() > 0 || registry.live().length > 0 || originations.open() > 0) {
      const ended = await Promise.all(registry.live().map((runner) => runner.end()));
      const mustWait = calls.dialing() > 0 || originations.open() > 0 || ended.includes(false);
      if (mustWait) await new Promise<void>((resolve) => clock.after(endAllPollMs, resolve));
    }
  };
  const drain: Drain = new Drain({
    ...{ clock, metrics, logger, endAll },
    left: () => calls.dialing() + calls.open() + registry.live().length + originations.open(),
    onChange: parts.onDraining ?? (() => {}),
  });
  const admits = ({ accountSid, conference, into = null }: DialRequest): boolean => {
    const isLive = into !== null || registry.shardOf(accountSid, conference.room) !== null;
    return drain.admission() === 'all' || (drain.admission() === 'live-conferences' && isLive);
  };

  const drainView = (): DrainView => ({
    ...drain.state(),
    calls: calls.open(),
    conferences: registry.live().flatMap((runner) => {
      const state = runner.state();
      if (state.phase !== 'init' && state.phase !== 'in-progress') return [];
      const { accountSid, conferenceSid, room, participants } = state;
      return [{ accountSid, conferenceSid, room, participants: participants.size }];
    }),
  });

  const conferenceCases = conferenceUseCases({ registry, watchers, store });
  return {
    ...callUseCases({ calls, originations, runs, registry, engine, media, metrics, random }),
    ...conferenceCases,
    ...recordings.useCases(registry),
    dial: async (request) =>
      admits(request) ? dial(request, { registry, calls, media, metrics, random }) : err({ kind: 'draining' }),
    ...originationUseCases(originations, () => drain.admission()),
    removeParticipant: async (accountSid, sid, callSid, trace) => {
      const canceled = await originations.cancelIn(accountSid, sid, callSid);
      if (!canceled.ok) return canceled;
      return canceled.value ? ok(undefined) : conferenceCases.removeParticipant(accountSid, sid, callSid, trace);
    },
    webRule: parts.webRule ?? (() => null),
    // Where a document leads to is not known before it is run.
    dialDocument: async (request) => (drain.admission() === 'all' ? runs.dial(request) : err({ kind: 'draining' })),
    journal: (accountSid, cursor, limit) => store.journal(accountSid, cursor, limit),
    newestCursor: (accountSid) => store.newestCursor(accountSid),
    onCommit: (accountSid, listener) => store.onCommit(accountSid, listener),
    listCallbacks: (...asked) => desk.listCallbacks(...asked),
    replayCallbacks: (...asked) => desk.replayCallbacks(...asked),
    dropCallbacks: (...asked) => desk.dropCallbacks(...asked),
    noteWarnings(accountSid, callSid, warnings) {
      for (const { code, field, message } of warnings) {
        const finding = { code, level: 'warning', where: field, message, keepsOut: false } as const;
        const noted = { callSid, conferenceSid: null, finding, source: null };
        noteFinding({ clock, debug, logger, metrics }, { accountSid, ...noted });
      }
    },
    noteUndelivered({ accountSid, conferenceSid, target, parameters }) {
      const what = parameters.get('StatusCallbackEvent') ?? parameters.get('EventName') ?? 'an event';
      const finding = {
        ...({ code: 16_010, level: 'warning', where: 'statusCallback', keepsOut: false } as const),
        message: `${what} of the conference could not be delivered`,
      };
      debug.note(accountSid, { atMs: clock.now(), callSid: null, conferenceSid, finding, source: target });
    },
    findings: (...asked) => debug.list(...asked),
    shards: () => engine.shards(),
    capacity() {
      const shards = engine.shards();
      return {
        ...legCapacity(shards, parts.tickLoadMax),
        conferences: registry.live().length,
        shards: shards.filter(({ alive }) => alive).length,
        draining: drain.state().draining,
      };
    },
    quality: createQualitySampler({ calls, engine, clock, metrics }),
    rateSaving,
    measure() {
      const { legs, legsFree } = legCapacity(engine.shards(), parts.tickLoadMax);
      metrics.set('parley_legs', {}, legs);
      metrics.set('parley_legs_free', {}, legsFree);
      participantTime.measure();
      participantStates.measure();
    },
    live: liveRooms({ registry, calls, engine }),
    drain(withinMs) {
      drain.begin(withinMs);
      return drainView();
    },
    undrain: () => drain.cancel(),
    drained: () => drainView(),
    goDown: (withinMs, hurried) => drain.goDown(withinMs, hurried),
    endAll,
  };
}
