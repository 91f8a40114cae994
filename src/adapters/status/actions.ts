/** What an authorised viewer has done: read, judged, done by the use cases that gRPC and REST have, and audited. */
import { z } from 'zod';
import type { Application, Refusal } from '../../app/application.js';
import type { Audit } from '../../app/audit.js';
import { auditedUrl } from '../../app/audit.js';
import type { LiveRooms } from '../../app/status/live-rooms.js';
import type { AccountSid, CallSid, ConferenceSid } from '../../base/brands.js';
import type { Clock, Random } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { parseSid } from '../../base/sids.js';
import { newTrace, type Trace } from '../../base/trace.js';
import { parseWebhookUrl } from '../../callbacks/url.js';
import type { ParticipantChanges } from '../../conference/commands.js';
import { urlCharactersMax } from '../../conference/state.js';
import type { Asker, Refused } from './access.js';
import type { Action } from './wire.js';

/** A URL at its longest, and what is around it. */
export const actionBytesMax = 8 * 1024;

export type ActionParts = {
  readonly application: Pick<
    Application,
    'updateParticipant' | 'removeParticipant' | 'announce' | 'startRecording' | 'updateRecording' | 'webRule'
  >;
  readonly rooms: Pick<LiveRooms, 'ownerOf'>;
  readonly audit: Audit;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
};

const sid = z.string().max(64);
const schema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.enum(['mute', 'unmute', 'hold', 'resume', 'remove']),
    conference: sid,
    call: sid,
  }),
  z.strictObject({
    do: z.literal('announce'),
    conference: sid,
    call: sid.exactOptional(),
    url: z.string().max(urlCharactersMax),
  }),
  z.strictObject({ do: z.enum(['record', 'stop-recording']), conference: sid }),
]);

const changesOf: Readonly<Record<'mute' | 'unmute' | 'hold' | 'resume', ParticipantChanges>> = {
  mute: { muted: true },
  unmute: { muted: false },
  hold: { hold: { kind: 'default-music' } },
  resume: { hold: null },
};

const notThere: Refused = { status: 404, message: 'It is not there any more.' };

/** Resolves with null once it is done. */
export async function act(
  body: unknown,
  { asker, from }: { readonly asker: Asker; readonly from: string },
  parts: ActionParts,
): Promise<Refused | null> {
  const { accountSid, isOperator, tokenDigits } = asker;
  if (accountSid === null) return { status: 401, message: 'Sign in with the token of an account first.' };
  const parsed = schema.safeParse(body);
  if (!parsed.success) return { status: 400, message: problemOf(parsed.error) };
  const action: Action = parsed.data;
  const trace = newTrace(parts.random);
  const named = parseSid('conference', action.conference);
  // What is another account's is as what is not there, but for operators.
  const owner = named !== null && isOperator ? parts.rooms.ownerOf(named) : accountSid;
  const done = named === null || owner === null ? err(notThere) : await perform(action, { owner, named, trace }, parts);
  parts.audit.note({
    atMs: parts.clock.now(),
    face: 'page',
    accountSid,
    operation: action.do,
    target: '/status/actions',
    said: {
      conference: action.conference.slice(0, 36),
      ...('call' in action && action.call !== undefined ? { call: action.call.slice(0, 36) } : {}),
      ...(action.do === 'announce' ? { url: auditedUrl(action.url) } : {}),
      ...(owner === accountSid || owner === null ? {} : { account: owner }),
    },
    token: tokenDigits,
    from,
    status: done.ok ? 200 : done.error.status,
    code: null,
    traceId: trace.traceId,
  });
  return done.ok ? null : done.error;
}

type Where = { readonly owner: AccountSid; readonly named: ConferenceSid; readonly trace: Trace };

async function perform(action: Action, where: Where, parts: ActionParts): Promise<Result<void, Refused>> {
  const { application } = parts;
  const { owner, named, trace } = where;
  switch (action.do) {
    case 'record':
      return answered(await application.startRecording(owner, named, {}, trace));
    case 'stop-recording':
      return answered(await application.updateRecording(owner, { currentOf: named }, { kind: 'stop' }, trace));
    case 'announce':
      return announce(action, where, parts);
    case 'remove': {
      const callSid = parseSid('call', action.call);
      return callSid === null
        ? err(notThere)
        : answered(await application.removeParticipant(owner, named, callSid, trace));
    }
    case 'mute':
    case 'unmute':
    case 'hold':
    case 'resume': {
      const callSid = parseSid('call', action.call);
      if (callSid === null) return err(notThere);
      return answered(await application.updateParticipant(owner, named, callSid, changesOf[action.do], trace));
    }
  }
}

async function announce(
  { call, url }: Extract<Action, { do: 'announce' }>,
  { owner, named, trace }: Where,
  { application }: ActionParts,
): Promise<Result<void, Refused>> {
  if (parseWebhookUrl(url) === null) {
    return err({ status: 400, message: 'url: must be an absolute http or https URL' });
  }
  const rule = application.webRule(owner, url);
  if (rule !== null) return err({ status: 400, message: `url: will not be requested: ${rule}` });
  const callSid: CallSid | null = call === undefined ? null : parseSid('call', call);
  if (call !== undefined && callSid === null) return err(notThere);
  const target = { url: url.trim(), method: 'GET' } as const;
  return answered(await application.announce(owner, named, { callSid, target, trace }));
}

function answered(result: Result<unknown, Refusal>): Result<void, Refused> {
  return result.ok ? ok(undefined) : err(refusedBecause(result.error));
}

/** The field and the rule. */
function problemOf({ issues }: z.ZodError): string {
  const [first] = issues;
  return first === undefined ? 'The request is wrong.' : `${first.path.join('.') || 'body'}: ${first.message}`;
}

function refusedBecause(refusal: Refusal): Refused {
  switch (refusal.kind) {
    case 'conference-unknown':
    case 'participant-unknown':
    case 'recording-unknown':
      return notThere;
    case 'conference-completed':
      return { status: 409, message: 'The conference is over.' };
    case 'conference-not-started':
      return { status: 409, message: 'The conference has not started.' };
    case 'recording-state':
      return { status: 409, message: `There is a recording already, and it is ${refusal.status}.` };
    case 'recording-forbidden':
      return { status: 403, message: 'The account is configured to record nothing.' };
    case 'recording-no-space':
      return { status: 503, message: 'The disk is nearly full.' };
    case 'announcements-full':
      return { status: 429, message: 'Too many announcements wait to be heard.', retryAfterSeconds: 5 };
    case 'queue-full':
      return { status: 429, message: 'Too many changes wait for the conference.', retryAfterSeconds: 1 };
    case 'store-unavailable':
      return { status: 503, message: 'The store does not write: nothing was done.' };
    default:
      return { status: 409, message: `It cannot be done: ${refusal.kind}.` };
  }
}
