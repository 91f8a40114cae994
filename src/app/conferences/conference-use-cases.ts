/** Seeing and changing conferences and their participants. Live ones are asked themselves, the others the store. */
import type { AccountSid, ConferenceSid } from '../../base/brands.js';
import { err, ok, type Result } from '../../base/result.js';
import { type Participant, participantsOf } from '../../conference/state.js';
import type { Application, ConferenceView, ParticipantView, Refusal } from '../application.js';
import { oldestFirst, pageOf } from '../paging.js';
import type { Store } from '../ports.js';
import type { Watchers } from '../watchers.js';
import type { ConferenceRegistry } from './conference-registry.js';
import type { ConferenceRunner } from './conference-runner.js';
import { participantMatches, participantPosition } from './filters.js';

export type ConferenceUseCases = Pick<
  Application,
  | 'conference'
  | 'conferences'
  | 'endConference'
  | 'watchConference'
  | 'participant'
  | 'callLabelled'
  | 'participants'
  | 'updateParticipant'
  | 'removeParticipant'
  | 'announce'
>;

export type ConferenceUseCaseParts = {
  readonly registry: ConferenceRegistry;
  readonly watchers: Watchers;
  readonly store: Store;
};

export function conferenceUseCases({ registry, watchers, store }: ConferenceUseCaseParts): ConferenceUseCases {
  /** Unknown to one account is what belongs to another. */
  const find = async (accountSid: AccountSid, sid: ConferenceSid): Promise<Result<ConferenceView, Refusal>> => {
    const state = registry.find(accountSid, sid)?.state() ?? (await store.conference(accountSid, sid));
    return state === null || state.phase === 'absent' ? err({ kind: 'conference-unknown' }) : ok(state);
  };

  /** To change a conference it must be live. */
  const findLive = async (accountSid: AccountSid, sid: ConferenceSid): Promise<Result<ConferenceRunner, Refusal>> => {
    const runner = registry.find(accountSid, sid);
    if (runner !== null) return ok(runner);
    const known = await find(accountSid, sid);
    return known.ok ? err({ kind: 'conference-completed' }) : known;
  };

  return {
    conference: find,

    conferences: (accountSid, filter, page) => store.conferences(accountSid, filter, page),

    async endConference(accountSid, sid, trace) {
      const runner = await findLive(accountSid, sid);
      if (!runner.ok) return runner;
      const ended = await runner.value.submit({ kind: 'end' }, trace);
      if (!ended.ok) return ended;
      return ended.value.phase === 'absent' ? err({ kind: 'conference-unknown' }) : ok(ended.value);
    },

    async watchConference(accountSid, sid, listener) {
      const known = await find(accountSid, sid);
      if (!known.ok) return known;
      if (known.value.phase !== 'completed') return ok(watchers.add(known.value, listener));
      listener(known.value);
      return ok(() => {});
    },

    async participant(accountSid, sid, callSid) {
      const known = await find(accountSid, sid);
      if (!known.ok) return known;
      const participant = participantsOf(known.value).get(callSid);
      return participant === undefined
        ? err({ kind: 'participant-unknown', callSid })
        : ok(participantView(participant, sid));
    },

    async callLabelled(accountSid, sid, label) {
      const state = registry.find(accountSid, sid)?.state() ?? { phase: 'absent' };
      if (state.phase === 'absent') return null;
      for (const participant of participantsOf(state).values()) {
        if (participant.label === label) return participant.callSid;
      }
      return null;
    },

    async participants(accountSid, sid, filter, page) {
      const known = await find(accountSid, sid);
      if (!known.ok) return known;
      // The store has those who are in, too, as of the last commit, which is what is so.
      if (filter.includesLeft) {
        const found = await store.participants(accountSid, sid, filter, page);
        return ok({ ...found, items: found.items.map((each) => ({ ...each, conferenceSid: sid })) });
      }
      const here = [...participantsOf(known.value).values()].filter((each) => participantMatches(each, filter));
      const found = pageOf(here, page, { positionOf: participantPosition, comesAfter: oldestFirst });
      return ok({ ...found, items: found.items.map((each) => participantView(each, sid)) });
    },

    async updateParticipant(accountSid, sid, callSid, changes, trace) {
      const runner = await findLive(accountSid, sid);
      if (!runner.ok) return runner;
      const updated = await runner.value.submit({ kind: 'update-participant', callSid, changes }, trace);
      if (!updated.ok) return updated;
      const participant = participantsOf(updated.value).get(callSid);
      return participant === undefined
        ? err({ kind: 'participant-unknown', callSid })
        : ok(participantView(participant, sid));
    },

    async announce(accountSid, sid, announcement) {
      const runner = await findLive(accountSid, sid);
      if (!runner.ok) return runner;
      const announced = await runner.value.announce(announcement);
      if (!announced.ok) return announced;
      return announced.value.phase === 'absent' ? err({ kind: 'conference-unknown' }) : ok(announced.value);
    },

    async removeParticipant(accountSid, sid, callSid, trace) {
      const runner = await findLive(accountSid, sid);
      if (!runner.ok) return runner;
      const left = await runner.value.submit({ kind: 'leave', callSid, cause: 'removed-via-api' }, trace);
      return left.ok ? ok(undefined) : left;
    },
  };
}

const participantView = (participant: Participant, conferenceSid: ConferenceSid): ParticipantView => ({
  conferenceSid,
  left: null,
  ...participant,
});
