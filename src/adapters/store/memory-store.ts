/** Everything Parley remembers, in memory: gone with the process. Accounts share nothing but this class. */
import {
  type ConferenceFilter,
  type KnownParticipant,
  type ParticipantFilter,
  summaryOf,
} from '../../app/conferences/conference-lists.js';
import {
  conferenceMatches,
  conferencePosition,
  participantMatches,
  participantPosition,
} from '../../app/conferences/filters.js';
import type { Origination } from '../../app/originations/origination.js';
import { newestFirst, oldestFirst, type PageRequest, pageOf } from '../../app/paging.js';
import {
  type Commit,
  type JournalEntry,
  leftParticipantsMax,
  type OriginationCommit,
  type RecordingCommit,
  type Store,
  type StoredConference,
  type StoreFailure,
  type StoreHealth,
} from '../../app/ports.js';
import { assert } from '../../base/assert.js';
import type { AccountSid, ConferenceSid } from '../../base/brands.js';
import { ok, type Result } from '../../base/result.js';
import type { Callback } from '../../callbacks/webhook.js';
import { type ConferenceState, type Participant, participantsOf } from '../../conference/state.js';
import { Journal } from './journal.js';
import { MemoryRecordings } from './memory-recordings.js';

export type MemoryStoreBounds = {
  /** Entries of the journal kept for each account. */
  readonly journalEntriesMax: number;
  /** Conferences kept after their end, for each account. Live ones are bounded by what the engine can mix. */
  readonly completedConferencesMax: number;
};

export const memoryStoreBounds: MemoryStoreBounds = { journalEntriesMax: 10_000, completedConferencesMax: 1000 };

/** Where committed callbacks go. */
export type CallbackQueue = { append(callbacks: readonly Callback[]): void };

type AccountMemory = {
  readonly journal: Journal;
  /** In the order of creation. */
  readonly conferences: Map<ConferenceSid, ConferenceState>;
  /** Of those kept, in the order of leaving. */
  readonly left: Map<ConferenceSid, KnownParticipant[]>;
  /** In the order of ending. */
  readonly completed: Set<ConferenceSid>;
  readonly listeners: Set<() => void>;
};

export class MemoryStore extends MemoryRecordings implements Store {
  readonly #bounds: MemoryStoreBounds;
  readonly #queue: CallbackQueue;
  readonly #accounts = new Map<AccountSid, AccountMemory>();

  constructor(queue: CallbackQueue, bounds: MemoryStoreBounds = memoryStoreBounds) {
    super();
    this.#queue = queue;
    this.#bounds = bounds;
  }

  async commit({
    accountSid,
    before,
    state,
    events,
    trace,
    traces,
    callbacks,
  }: Commit): Promise<Result<void, StoreFailure>> {
    assert(state.phase !== 'absent', 'what is committed is of a conference that came to be');
    assert(state.accountSid === accountSid, 'a conference is committed for its own account');
    assert(
      callbacks.every((callback) => callback.accountSid === accountSid),
      'an account is told only of its own',
    );
    const account = this.#account(accountSid);
    const { conferenceSid } = state;
    for (const event of events) {
      const { traceId } = traces?.get(event) ?? trace;
      account.journal.append({ accountSid, conferenceSid, atMs: event.atMs, event, traceId });
    }
    account.conferences.set(conferenceSid, state);
    noteLeft(account.left, conferenceSid, before, events);
    if (state.phase === 'completed') {
      account.completed.add(conferenceSid);
      forgetOldest(account, this.#bounds.completedConferencesMax);
    }
    this.note(events);
    this.#queue.append(callbacks);
    for (const listener of [...account.listeners]) listener();
    return ok(undefined);
  }

  async commitRecordings(commit: RecordingCommit): Promise<Result<void, StoreFailure>> {
    const { accountSid, conferenceSid, events, trace, callbacks } = commit;
    this.note(events);
    this.#happened(accountSid, conferenceSid, { events, trace, callbacks });
    return ok(undefined);
  }

  /** Of a conference that stays as it is. */
  #happened(
    accountSid: AccountSid,
    conferenceSid: ConferenceSid,
    { events, trace: { traceId }, callbacks }: Pick<Commit, 'events' | 'trace' | 'callbacks'>,
  ): void {
    const account = this.#account(accountSid);
    for (const event of events) {
      account.journal.append({ accountSid, conferenceSid, atMs: event.atMs, event, traceId });
    }
    this.#queue.append(callbacks);
    for (const listener of [...account.listeners]) listener();
  }

  async commitOrigination(commit: OriginationCommit): Promise<Result<void, StoreFailure>> {
    const { accountSid, conferenceSid } = commit.origination;
    this.#happened(accountSid, conferenceSid, commit);
    return ok(undefined);
  }

  /** None: it forgets with the process. */
  async openOriginations(): Promise<readonly Origination[]> {
    return [];
  }

  health(): StoreHealth {
    return { ok: true };
  }

  /** None: it forgets with the process. */
  async unfinished(): Promise<readonly StoredConference[]> {
    return [];
  }

  async journal(
    accountSid: AccountSid,
    cursor: bigint,
    limit: number,
  ): Promise<{ readonly entries: readonly JournalEntry[]; readonly missed: boolean }> {
    return this.#account(accountSid).journal.after(cursor, limit);
  }

  async newestCursor(accountSid: AccountSid): Promise<bigint> {
    return this.#account(accountSid).journal.newest();
  }

  onCommit(accountSid: AccountSid, listener: () => void): () => void {
    // A wrapper of its own, so that a listener registered twice is called twice and stopped one by one.
    const own = () => listener();
    const { listeners } = this.#account(accountSid);
    listeners.add(own);
    return () => {
      listeners.delete(own);
    };
  }

  async conference(accountSid: AccountSid, sid: ConferenceSid): Promise<ConferenceState | null> {
    return this.#account(accountSid).conferences.get(sid) ?? null;
  }

  async conferences(accountSid: AccountSid, filter: ConferenceFilter, page: PageRequest) {
    const matching = [...this.#account(accountSid).conferences.values()]
      .reverse()
      .flatMap((state) => (state.phase !== 'absent' && conferenceMatches(state, filter) ? [state] : []));
    matching.sort((one, other) => other.createdAtMs - one.createdAtMs);
    const found = pageOf(matching, page, { positionOf: conferencePosition, comesAfter: newestFirst });
    return { ...found, items: found.items.map(summaryOf) };
  }

  async participants(accountSid: AccountSid, sid: ConferenceSid, filter: ParticipantFilter, page: PageRequest) {
    const { conferences, left } = this.#account(accountSid);
    const state = conferences.get(sid) ?? { phase: 'absent' };
    const here = [...participantsOf(state).values()];
    const all = [...(left.get(sid) ?? []), ...here.map((each) => ({ ...each, left: null }))]
      .filter((each) => participantMatches(each, filter))
      .sort((one, other) => one.joinedAtMs - other.joinedAtMs);
    return pageOf(all, page, { positionOf: participantPosition, comesAfter: oldestFirst });
  }

  /** Accounts come from the configuration, so their number is bounded. */
  #account(accountSid: AccountSid): AccountMemory {
    const known = this.#accounts.get(accountSid);
    if (known !== undefined) return known;
    const account: AccountMemory = {
      journal: new Journal(this.#bounds.journalEntriesMax),
      conferences: new Map(),
      left: new Map(),
      completed: new Set(),
      listeners: new Set(),
    };
    this.#accounts.set(accountSid, account);
    return account;
  }
}

/** Nobody comes and leaves in one commit. */
function noteLeft(
  kept: AccountMemory['left'],
  sid: ConferenceSid,
  before: ConferenceState,
  events: Commit['events'],
): void {
  if (before.phase !== 'init' && before.phase !== 'in-progress') return;
  for (const event of events) {
    const participant: Participant | undefined =
      event.kind === 'participant-left' ? before.participants.get(event.callSid) : undefined;
    if (event.kind !== 'participant-left' || participant === undefined) continue;
    const left = kept.get(sid) ?? [];
    kept.set(sid, left);
    left.push({ ...participant, left: { atMs: event.atMs, reason: event.reason } });
    if (left.length > leftParticipantsMax) left.shift();
  }
}

function forgetOldest({ conferences, left, completed }: AccountMemory, completedMax: number): void {
  for (const conferenceSid of completed) {
    if (completed.size <= completedMax) return;
    completed.delete(conferenceSid);
    conferences.delete(conferenceSid);
    left.delete(conferenceSid);
  }
}
