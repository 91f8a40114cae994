/** Recordings of conferences, of calls, of the account: list, show, start, pause, resume, stop, delete (§7.5). */
import type { Application } from '../../app/application.js';
import type { RecordingFilter } from '../../app/recordings/recording-views.js';
import { err, ok, type Result } from '../../base/result.js';
import { parseSid } from '../../base/sids.js';
import { badParameter, notFound, type RestFailure } from './failure.js';
import { callInPath, callSidOf, conferenceInPath, conferenceSidOf, recordingInPath, shown } from './identifiers.js';
import { badToken, type Listed, type PageRequest } from './pages.js';
import { choice, flag, httpMethod, recordingEventList, type Span, spanOf, spans, text, webUrl } from './parameters.js';
import { recordingSchema, toRecordingResource } from './recording-resource.js';
import { restFailureOf } from './refusals.js';
import { listRoute, type RestContext, type Route, route } from './route.js';

const tag = 'Recordings';
const created = spans('DateCreated', 'Begun');

const accountFilters = {
  ConferenceSid: { ...text('Only those of this conference.', 64), schema: conferenceInPath.ConferenceSid.schema },
  CallSid: { ...text('Only those of this call.', 64), schema: callInPath.CallSid.schema },
  ...created,
};

const starting = {
  RecordingStatusCallback: webUrl('Told of the recording; left out: as the room said.', 13_256),
  RecordingStatusCallbackMethod: httpMethod('POST unless said.'),
  RecordingStatusCallbackEvent: recordingEventList('Of which it is told; left out: as the flavour has it.'),
  Trim: choice(['trim-silence', 'do-not-trim'], 'Whether silence is cut off at both ends.', 13_699),
  Tracks: flag('A file of each participant and a timeline beside it; left out: as the account is configured.'),
};

const changing = {
  Status: choice(['paused', 'in-progress', 'stopped'], 'Pause, go on, or stop for good. Required.'),
  PauseBehavior: choice(['silence', 'skip'], 'Of a pause: its time stays as silence (unless said), or is left out.'),
};

type Asked = RestContext & { readonly said: Readonly<Partial<Record<keyof typeof created, Span | undefined>>> };
type Choice = Parameters<Application['recording']>[1];

const tokenPattern = /^PA([0-9a-f]{32})$/;
const conferencePath = '/Conferences/{ConferenceSid}/Recordings';
const onePath = `${conferencePath}/{RecordingSid}`;
const oneInPath = { ...conferenceInPath, ...recordingInPath };

export function recordingRoutes(application: Application): readonly Route[] {
  const page = async (
    { accountSid, flavour, said }: Asked,
    { number, size, token }: PageRequest,
    wishes: Partial<RecordingFilter>,
    below: readonly string[],
  ): Promise<Result<Listed<unknown>, RestFailure>> => {
    const [, digits] = tokenPattern.exec(token ?? '') ?? [];
    if (token !== null && digits === undefined) return err(badToken);
    const { fromMs: createdFromMs, untilMs: createdUntilMs } = spanOf('DateCreated', said);
    const found = await application.recordings(
      accountSid,
      { conferenceSid: null, callSid: null, status: null, createdFromMs, createdUntilMs, ...wishes },
      {
        before: digits === undefined ? null : Number.parseInt(digits, 16),
        skip: token === null ? number * size : 0,
        limit: size,
      },
    );
    return ok({
      items: found.recordings.map((view) => toRecordingResource(view, flavour, below)),
      next: found.next === null ? null : `PA${found.next.toString(16).padStart(32, '0')}`,
      previous: null,
    });
  };

  /** Also `CURRENT`, which one vendor writes `Twilio.CURRENT`. Of another conference it is not there. */
  const chosen = async (asked: RestContext): Promise<Result<Choice, RestFailure>> => {
    const conferenceSid = conferenceSidOf(asked);
    if (!conferenceSid.ok) return conferenceSid;
    const named = asked.path.RecordingSid ?? '';
    if (/^(Twilio\.)?CURRENT$/.test(named)) return ok({ currentOf: conferenceSid.value });
    const sid = parseSid('recording', named);
    if (sid === null) return err(notFound);
    const view = await application.recording(asked.accountSid, sid);
    if (!view.ok) return err(restFailureOf(view.error));
    return view.value.conferenceSid === conferenceSid.value ? ok(sid) : err(notFound);
  };
  const below = (asked: RestContext): readonly string[] => ['Conferences', shown('conference', asked), 'Recordings'];

  return [
    listRoute({
      id: 'listConferenceRecordings',
      path: conferencePath,
      ...{ tag, pathParameters: conferenceInPath, parameters: created, key: 'recordings', item: recordingSchema },
      summary: 'List recordings of a conference',
      description: 'Newest first.',
      segments: below,
      async list(asked, request) {
        const sid = conferenceSidOf(asked);
        if (!sid.ok) return sid;
        const known = await application.conference(asked.accountSid, sid.value);
        if (!known.ok) return err(restFailureOf(known.error));
        return page(asked, request, { conferenceSid: sid.value }, below(asked));
      },
    }),

    route({
      id: 'startConferenceRecording',
      method: 'POST',
      path: conferencePath,
      ...{ tag, pathParameters: conferenceInPath, parameters: starting },
      summary: 'Begin to record a conference',
      description: 'One that is in progress, and is not being recorded by the room or by an API yet (422).',
      answer: { status: 201, schema: recordingSchema },
      refusals: [400, 403, 422],
      async handle(asked) {
        const { accountSid, flavour, trace, said } = asked;
        const sid = conferenceSidOf(asked);
        if (!sid.ok) return sid;
        const { RecordingStatusCallback: url, RecordingStatusCallbackMethod: method = 'POST', Trim: trim } = said;
        const { Tracks: hasTracks } = said;
        const events = said.RecordingStatusCallbackEvent ?? flavour.recordingStatusCallbackEvents;
        const wishes = {
          ...(trim === undefined ? {} : { trim }),
          ...(hasTracks === undefined ? {} : { hasTracks }),
          ...(url === undefined ? {} : { callback: { url, method, events } }),
        };
        const view = await application.startRecording(accountSid, sid.value, wishes, trace);
        if (!view.ok) return err(restFailureOf(view.error));
        return ok(toRecordingResource(view.value, flavour, below(asked)));
      },
    }),

    route({
      id: 'fetchConferenceRecording',
      method: 'GET',
      path: onePath,
      ...{ tag, pathParameters: oneInPath, parameters: {} },
      summary: 'Show a recording of a conference',
      description: '`CURRENT` is the one that was begun last and is not over.',
      answer: { status: 200, schema: recordingSchema },
      async handle(asked) {
        const choice = await chosen(asked);
        if (!choice.ok) return choice;
        const view = await application.recording(asked.accountSid, choice.value);
        if (!view.ok) return err(restFailureOf(view.error));
        return ok(toRecordingResource(view.value, asked.flavour, below(asked)));
      },
    }),

    route({
      id: 'updateConferenceRecording',
      method: 'POST',
      path: onePath,
      ...{ tag, pathParameters: oneInPath, parameters: changing },
      summary: 'Pause, resume or stop a recording',
      description: 'Stopping is final; what is in no state for it is refused with 422 and 16114.',
      answer: { status: 200, schema: recordingSchema },
      refusals: [400, 422],
      async handle(asked) {
        const { accountSid, flavour, trace, said } = asked;
        const { Status: status, PauseBehavior: behavior = 'silence' } = said;
        if (status === undefined) return err(badParameter('Status', 'is required: paused, in-progress or stopped'));
        const choice = await chosen(asked);
        if (!choice.ok) return choice;
        const changes = {
          paused: { kind: 'pause', behavior },
          'in-progress': { kind: 'resume' },
          stopped: { kind: 'stop' },
        } as const;
        const view = await application.updateRecording(accountSid, choice.value, changes[status], trace);
        if (!view.ok) return err(restFailureOf(view.error));
        return ok(toRecordingResource(view.value, flavour, below(asked)));
      },
    }),

    route({
      id: 'deleteConferenceRecording',
      method: 'DELETE',
      path: onePath,
      ...{ tag, pathParameters: oneInPath, parameters: {} },
      summary: 'Delete a recording of a conference',
      description: 'One that is over, with its files.',
      answer: { status: 204, schema: null },
      refusals: [400, 422],
      async handle(asked) {
        const choice = await chosen(asked);
        if (!choice.ok) return choice;
        const view = await application.recording(asked.accountSid, choice.value);
        if (!view.ok) return err(restFailureOf(view.error));
        const deleted = await application.deleteRecording(asked.accountSid, view.value.sid);
        return deleted.ok ? ok(null) : err(restFailureOf(deleted.error));
      },
    }),

    listRoute({
      id: 'listCallRecordings',
      path: '/Calls/{CallSid}/Recordings',
      ...{ tag, pathParameters: callInPath, parameters: created, key: 'recordings', item: recordingSchema },
      summary: 'List recordings of a call',
      description: 'Those that `<Dial record>` made of it; newest first.',
      segments: (asked) => ['Calls', shown('call', asked), 'Recordings'],
      async list(asked, request) {
        const sid = callSidOf(asked);
        if (!sid.ok) return sid;
        const found = await page(asked, request, { callSid: sid.value }, ['Recordings']);
        // A call that is forgotten may have recordings that are not.
        const isThere = (found.ok && found.value.items.length > 0) || application.call(asked.accountSid, sid.value).ok;
        return isThere ? found : found.ok ? err(notFound) : found;
      },
    }),

    listRoute({
      id: 'listRecordings',
      path: '/Recordings',
      ...{ tag, pathParameters: {}, parameters: accountFilters, key: 'recordings', item: recordingSchema },
      summary: 'List recordings',
      description: 'Newest first; all that is said must be true of each.',
      segments: () => ['Recordings'],
      async list(asked, request) {
        const { ConferenceSid: conference, CallSid: call } = asked.said;
        const conferenceSid = conference === undefined ? null : parseSid('conference', conference);
        const callSid = call === undefined ? null : parseSid('call', call);
        // What is no sid names nothing, and nothing is recorded of that.
        if ((conference !== undefined && conferenceSid === null) || (call !== undefined && callSid === null)) {
          return ok({ items: [], next: null, previous: null });
        }
        return page(asked, request, { conferenceSid, callSid }, ['Recordings']);
      },
    }),

    route({
      id: 'fetchRecording',
      method: 'GET',
      path: '/Recordings/{RecordingSid}',
      ...{ tag, pathParameters: recordingInPath, parameters: {} },
      summary: 'Show a recording',
      description: 'With `.json` alone: without it, and with another extension, the same path is the audio.',
      answer: { status: 200, schema: recordingSchema },
      async handle(asked) {
        const sid = parseSid('recording', asked.path.RecordingSid ?? '');
        if (sid === null) return err(notFound);
        const view = await application.recording(asked.accountSid, sid);
        if (!view.ok) return err(restFailureOf(view.error));
        return ok(toRecordingResource(view.value, asked.flavour, ['Recordings']));
      },
    }),

    route({
      id: 'deleteRecording',
      method: 'DELETE',
      path: '/Recordings/{RecordingSid}',
      ...{ tag, pathParameters: recordingInPath, parameters: {} },
      summary: 'Delete a recording',
      description: 'One that is over, with its files.',
      answer: { status: 204, schema: null },
      refusals: [400, 422],
      async handle(asked) {
        const sid = parseSid('recording', asked.path.RecordingSid ?? '');
        if (sid === null) return err(notFound);
        const deleted = await application.deleteRecording(asked.accountSid, sid);
        return deleted.ok ? ok(null) : err(restFailureOf(deleted.error));
      },
    }),
  ];
}
