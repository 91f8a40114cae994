/** Conferences: list, fetch, update (CONTRACT §7.2, §7.3). */
import type { Application, ConferenceFilter } from '../../app/application.js';
import { err, ok, type Result } from '../../base/result.js';
import { parseRoomName, roomNameCharactersMax } from '../../conference/room-name.js';
import { conferenceSchema, toConferenceResource } from './conference-resource.js';
import { badParameter, type RestFailure } from './failure.js';
import { conferenceInPath, conferenceSidOf } from './identifiers.js';
import { listed, pageStart } from './pages.js';
import { choice, httpMethod, spanOf, spans, text, webUrl } from './parameters.js';
import { restFailureOf } from './refusals.js';
import { listRoute, type Route, route } from './route.js';

const tag = 'Conferences';

const filters = {
  FriendlyName: text('Exactly this room, after trimming.', 4096),
  Status: choice(['init', 'in-progress', 'completed'], 'Only those in this phase.'),
  ...spans('DateCreated', 'Created'),
  ...spans('DateUpdated', 'Last changed'),
};

const changes = {
  Status: choice(['completed'], 'Ends the conference; every call finishes its `<Dial>`.', 21_475),
  AnnounceUrl: webUrl('Played to everybody over the conversation: a document or audio. Up to 16 wait in line.'),
  AnnounceMethod: httpMethod('How the announcement is requested; POST unless said.'),
};

function roomOf(name: string | undefined): Result<ConferenceFilter['room'], RestFailure> {
  if (name === undefined) return ok(null);
  const room = parseRoomName(name);
  if (room !== null) return ok(room);
  return err(badParameter('FriendlyName', `must have 1 to ${roomNameCharactersMax} characters after trimming`, 20_002));
}

export const conferenceRoutes = (application: Application): readonly Route[] => [
  listRoute({
    id: 'listConferences',
    path: '/Conferences',
    ...{ tag, pathParameters: {}, parameters: filters, key: 'conferences', item: conferenceSchema },
    summary: 'List conferences',
    description: 'Newest first; all that is said must be true of each.',
    segments: () => ['Conferences'],
    async list({ accountSid, flavour, said }, page) {
      const room = roomOf(said.FriendlyName);
      if (!room.ok) return room;
      const start = pageStart(page);
      if (!start.ok) return start;
      const [created, updated] = [spanOf('DateCreated', said), spanOf('DateUpdated', said)];
      const filter = {
        room: room.value,
        status: said.Status ?? null,
        ...{ createdFromMs: created.fromMs, createdUntilMs: created.untilMs },
        ...{ updatedFromMs: updated.fromMs, updatedUntilMs: updated.untilMs },
      };
      const found = await application.conferences(accountSid, filter, { size: page.size, start: start.value });
      return ok(listed({ ...found, items: found.items.map((view) => toConferenceResource(view, flavour)) }));
    },
  }),

  route({
    id: 'fetchConference',
    method: 'GET',
    path: '/Conferences/{ConferenceSid}',
    ...{ tag, pathParameters: conferenceInPath, parameters: {} },
    summary: 'Show a conference',
    description: 'One that lives, or one that is over and still kept.',
    answer: { status: 200, schema: conferenceSchema },
    async handle(asked) {
      const sid = conferenceSidOf(asked);
      if (!sid.ok) return sid;
      const view = await application.conference(asked.accountSid, sid.value);
      return view.ok ? ok(toConferenceResource(view.value, asked.flavour)) : err(restFailureOf(view.error));
    },
  }),

  route({
    id: 'updateConference',
    method: 'POST',
    path: '/Conferences/{ConferenceSid}',
    ...{ tag, pathParameters: conferenceInPath, parameters: changes },
    summary: 'End a conference, or announce to it',
    description:
      'A conference that is over is never changed again: 10000. Without a parameter nothing changes. What is ' +
      'announced in the request that ends the conference is not heard.',
    answer: { status: 200, schema: conferenceSchema },
    async handle(asked) {
      const { accountSid, flavour, trace, said } = asked;
      const sid = conferenceSidOf(asked);
      if (!sid.ok) return sid;
      const target = { url: said.AnnounceUrl ?? '', method: said.AnnounceMethod ?? 'POST' } as const;
      const view =
        said.Status === 'completed'
          ? await application.endConference(accountSid, sid.value, trace)
          : said.AnnounceUrl === undefined
            ? await application.conference(accountSid, sid.value)
            : await application.announce(accountSid, sid.value, { callSid: null, target });
      if (!view.ok) return err(restFailureOf(view.error));
      if (said.Status === undefined && said.AnnounceUrl === undefined && view.value.phase === 'completed') {
        return err(restFailureOf({ kind: 'conference-completed' }));
      }
      return ok(toConferenceResource(view.value, flavour));
    },
  }),
];
