/** Calls, as far as Parley knows them: list, fetch, redirect, end (CONTRACT §2.3, issue of the REST API). */
import type { Application, DocumentStart } from '../../app/application.js';
import { newestFirst, pageOf } from '../../app/paging.js';
import { err, ok, type Result } from '../../base/result.js';
import { absoluteUrl } from '../../callbacks/resolve-url.js';
import { parseDocument } from '../../cxml/parse-document.js';
import { callSchema, callStatuses, toCallResource } from './call-resource.js';
import { badParameter, failure, type RestFailure } from './failure.js';
import { callInPath, callSidOf } from './identifiers.js';
import { listed, pageStart } from './pages.js';
import { choice, httpMethod, type Parameter, type ReadParameters, spanOf, spans, text, webUrl } from './parameters.js';
import { restFailureOf } from './refusals.js';
import { listRoute, type Route, route } from './route.js';

const tag = 'Calls';

const filters = {
  From: text('Exactly this party.', 256),
  To: text('Exactly this party.', 256),
  // What one vendor calls a call that is about to ring: none is.
  Status: choice([...callStatuses, 'initiated'], 'Only those with this status.'),
  ...spans('StartTime', 'Dialled'),
  ...spans('EndTime', 'Over'),
};

/** Of what is read further down: its own bounds hold. */
const document: Parameter<string> = {
  description: 'A cXML document to run, at most 65536 bytes.',
  schema: { type: 'string', maxLength: 65_536 },
  read: (value) => ok(value),
  audited: (value) => `${value.length} characters`,
};

const changes = {
  Status: choice(
    ['completed', 'canceled'],
    '`completed`: hang up. `canceled`: take back, one that nobody has answered.',
  ),
  Url: webUrl('Leave the conference at once and run the document from there.'),
  Method: httpMethod('How the document is requested; POST unless said.'),
  Twiml: document,
};

type Start = Result<DocumentStart | null, RestFailure>;

/** Null: no document is named. */
function startOf({ Url: url, Method: method = 'POST', Twiml: twiml }: ReadParameters<typeof changes>): Start {
  if (url !== undefined && twiml !== undefined) return err(badParameter('Twiml', 'and Url cannot be sent together'));
  if (url !== undefined) return ok({ url, method });
  if (twiml === undefined) return ok(null);
  // A document handed over as it is has no place, so that relative URLs in it name nothing.
  const parsed = parseDocument(Buffer.from(twiml), null, absoluteUrl);
  return parsed.ok
    ? ok(parsed.value)
    : err(badParameter('Twiml', `is no document: ${parsed.error.rule}`, parsed.error.code));
}

export const callRoutes = (application: Application): readonly Route[] => [
  listRoute({
    id: 'listCalls',
    path: '/Calls',
    ...{ tag, pathParameters: {}, parameters: filters, key: 'calls', item: callSchema },
    summary: 'List calls',
    description:
      'Newest first: those being made or in progress, and of those that are over the last 10000 of the daemon.',
    segments: () => ['Calls'],
    async list({ accountSid, flavour, said }, page) {
      const start = pageStart(page);
      if (!start.ok) return start;
      const [started, ended] = [spanOf('StartTime', said), spanOf('EndTime', said)];
      const status = callStatuses.find((each) => each === said.Status) ?? null;
      const views =
        said.Status !== undefined && status === null
          ? []
          : application.calls(accountSid, {
              ...{ from: said.From ?? null, to: said.To ?? null, status },
              ...{ startedFromMs: started.fromMs, startedUntilMs: started.untilMs },
              ...{ endedFromMs: ended.fromMs, endedUntilMs: ended.untilMs },
            });
      const found = pageOf(
        views,
        { size: page.size, start: start.value },
        { positionOf: (view) => ({ atMs: view.startedAtMs, sid: view.callSid }), comesAfter: newestFirst },
      );
      return ok(listed({ ...found, items: found.items.map((view) => toCallResource(accountSid, view, flavour)) }));
    },
  }),

  route({
    id: 'fetchCall',
    method: 'GET',
    path: '/Calls/{CallSid}',
    ...{ tag, pathParameters: callInPath, parameters: {} },
    summary: 'Show a call',
    description: 'One that is being made or in progress, or one that is over and still known.',
    answer: { status: 200, schema: callSchema },
    async handle(asked) {
      const sid = callSidOf(asked);
      if (!sid.ok) return sid;
      const view = application.call(asked.accountSid, sid.value);
      return view.ok ? ok(toCallResource(asked.accountSid, view.value, asked.flavour)) : err(restFailureOf(view.error));
    },
  }),

  route({
    id: 'updateCall',
    method: 'POST',
    path: '/Calls/{CallSid}',
    ...{ tag, pathParameters: callInPath, parameters: changes },
    summary: 'Redirect a call, or hang it up',
    description:
      'A redirected call leaves its conference at once; its `action` is not requested. A call that is over is never ' +
      'changed: 21220. Without a parameter nothing changes.',
    answer: { status: 200, schema: callSchema },
    async handle(asked) {
      const { accountSid, flavour, trace, said } = asked;
      const sid = callSidOf(asked);
      if (!sid.ok) return sid;
      const start = startOf(said);
      if (!start.ok) return start;
      const known = application.call(accountSid, sid.value);
      if (!known.ok) return err(restFailureOf(known.error));
      const { status, endedAtMs } = known.value;
      if (endedAtMs !== null) return err(restFailureOf({ kind: 'call-completed', callSid: sid.value }));
      if (said.Status === 'canceled' && status === 'in-progress') {
        return err(failure(400, 21_220, 'a call in progress cannot be canceled'));
      }
      const view =
        said.Status !== undefined
          ? await application.hangUp(accountSid, sid.value, trace)
          : start.value === null
            ? known
            : await application.redirect(accountSid, sid.value, start.value, trace);
      return view.ok ? ok(toCallResource(accountSid, view.value, flavour)) : err(restFailureOf(view.error));
    },
  }),
];
