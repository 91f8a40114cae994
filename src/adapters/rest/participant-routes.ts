/** Participants: list, create, fetch, update, take out (CONTRACT §7.2, §7.4). */
import type { Application } from '../../app/application.js';
import type { CallSid, ConferenceSid } from '../../base/brands.js';
import { err, ok, type Result } from '../../base/result.js';
import { parseSid } from '../../base/sids.js';
import { labelCharactersMax } from '../../conference/label.js';
import { notFound, type RestFailure } from './failure.js';
import { conferenceInPath, conferenceSidOf, roomInPath, shown } from './identifiers.js';
import { listed, pageStart } from './pages.js';
import { flag } from './parameters.js';
import { announcementOf, participantChanges, readChanges } from './participant-changes.js';
import { participantCreation, readCreation } from './participant-creation.js';
import { participantSchema, toCalledResource, toParticipantResource } from './participant-resource.js';
import { restFailureOf } from './refusals.js';
import { listRoute, type PathParameter, type RestContext, type Route, route } from './route.js';

const tag = 'Participants';
const path = '/Conferences/{ConferenceSid}/Participants/{Participant}';

const inPath: Readonly<Record<string, PathParameter>> = {
  ...conferenceInPath,
  Participant: {
    description: 'Sid of its call, or its label.',
    schema: { type: 'string', minLength: 1, maxLength: labelCharactersMax },
  },
};

const filters = {
  Muted: flag('Only those who are, or are not, muted.'),
  Hold: flag('Only those who are, or are not, held.'),
  Coaching: flag('Only those who do, or do not, coach.'),
  IncludeLeft: flag(
    'Also those who have left, as they were when they did; of a conference that is over the only ones there are.',
  ),
};

type Named = { readonly sid: ConferenceSid; readonly callSid: CallSid };

export function participantRoutes(application: Application): readonly Route[] {
  const named = async (asked: RestContext): Promise<Result<Named, RestFailure>> => {
    const sid = conferenceSidOf(asked);
    if (!sid.ok) return sid;
    const text = asked.path.Participant ?? '';
    const callSid = parseSid('call', text) ?? (await application.callLabelled(asked.accountSid, sid.value, text));
    if (callSid !== null) return ok({ sid: sid.value, callSid });
    // That a conference is over, or is not there, comes before whom it has.
    const known = await application.conference(asked.accountSid, sid.value);
    return known.ok ? err(notFound) : err(restFailureOf(known.error));
  };

  return [
    listRoute({
      id: 'listParticipants',
      path: '/Conferences/{ConferenceSid}/Participants',
      ...{ tag, pathParameters: conferenceInPath, parameters: filters, key: 'participants', item: participantSchema },
      summary: 'List participants',
      description: 'In the order of joining. Of a conference that is over: nobody, unless `IncludeLeft=true`.',
      segments: (asked) => ['Conferences', shown('conference', asked), 'Participants'],
      async list(asked, page) {
        const { accountSid, flavour, said } = asked;
        const sid = conferenceSidOf(asked);
        if (!sid.ok) return sid;
        const start = pageStart(page);
        if (!start.ok) return start;
        const filter = {
          muted: said.Muted ?? null,
          held: said.Hold ?? null,
          coaching: said.Coaching ?? null,
          includesLeft: said.IncludeLeft ?? false,
        };
        const range = { size: page.size, start: start.value };
        const found = await application.participants(accountSid, sid.value, filter, range);
        if (!found.ok) return err(restFailureOf(found.error));
        const items = found.value.items.map((view) => toParticipantResource(accountSid, view, flavour));
        return ok(listed({ ...found.value, items }));
      },
    }),

    route({
      id: 'createParticipant',
      method: 'POST',
      path: '/Conferences/{ConferenceSid}/Participants',
      ...{ tag, pathParameters: roomInPath, parameters: participantCreation },
      summary: 'Call somebody into a conference',
      description:
        'The call is made by a call-control service of the account (docs/originations.md); the answer comes at once, ' +
        'and `StatusCallback` tells what becomes of it. Until it is let in it is shown by its sid, not in the list.',
      answer: { status: 201, schema: participantSchema },
      async handle({ accountSid, flavour, trace, said, path: { ConferenceSid: named = '' } }) {
        const request = readCreation(named, said);
        if (!request.ok) return request;
        const created = await application.createParticipant({ ...request.value, accountSid, trace });
        return created.ok ? ok(toCalledResource(created.value, flavour)) : err(restFailureOf(created.error));
      },
    }),

    route({
      id: 'fetchParticipant',
      method: 'GET',
      ...{ path, tag, pathParameters: inPath, parameters: {} },
      summary: 'Show a participant',
      description: 'One that is in now, or is being called.',
      answer: { status: 200, schema: participantSchema },
      async handle(asked) {
        const who = await named(asked);
        if (!who.ok) return who;
        const { accountSid, flavour } = asked;
        const { sid, callSid } = who.value;
        const view = await application.participant(accountSid, sid, callSid);
        if (view.ok) return ok(toParticipantResource(accountSid, view.value, flavour));
        const called = application.pendingParticipants(accountSid, sid).find((each) => each.callSid === callSid);
        return called === undefined ? err(restFailureOf(view.error)) : ok(toCalledResource(called, flavour));
      },
    }),

    route({
      id: 'updateParticipant',
      method: 'POST',
      ...{ path, tag, pathParameters: inPath, parameters: participantChanges },
      summary: 'Mute, hold, coach, announce to, or otherwise change a participant',
      description:
        'All changes of one request are heard from the same frame on; what it is already changes nothing and tells ' +
        'nobody. Without a parameter nothing changes.',
      answer: { status: 200, schema: participantSchema },
      async handle(asked) {
        const { accountSid, flavour, trace, said } = asked;
        const changes = readChanges(said);
        if (!changes.ok) return changes;
        const who = await named(asked);
        if (!who.ok) return who;
        const { sid, callSid } = who.value;
        const view = await application.updateParticipant(accountSid, sid, callSid, changes.value, trace);
        if (!view.ok) return err(restFailureOf(view.error));
        const target = announcementOf(said);
        if (target !== null) {
          const announced = await application.announce(accountSid, sid, { callSid, target });
          if (!announced.ok) return err(restFailureOf(announced.error));
        }
        return ok(toParticipantResource(accountSid, view.value, flavour));
      },
    }),

    route({
      id: 'removeParticipant',
      method: 'DELETE',
      ...{ path, tag, pathParameters: inPath, parameters: {} },
      summary: 'Take a participant out',
      description: 'Its call goes on with what follows its `<Dial>`, if anything does.',
      answer: { status: 204, schema: null },
      async handle(asked) {
        const who = await named(asked);
        if (!who.ok) return who;
        const removed = await application.removeParticipant(
          asked.accountSid,
          who.value.sid,
          who.value.callSid,
          asked.trace,
        );
        return removed.ok ? ok(null) : err(restFailureOf(removed.error));
      },
    }),
  ];
}
