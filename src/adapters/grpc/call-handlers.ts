/** CallService. */
import type { Application, CallView, Refusal, Warning } from '../../app/application.js';
import { documentWarnings } from '../../app/calls/findings-of-call.js';
import { newestFirst, type Position, pageOf } from '../../app/paging.js';
import { assertNever } from '../../base/assert.js';
import type { AccountSid } from '../../base/brands.js';
import { err, ok, type Result } from '../../base/result.js';
import type { CallService, DialRequest } from '../../gen/parley/v1/call_service_pb.js';
import { readCallFilter, toCall } from './call-mapping.js';
import { readDial, readDocument, readRtp, readTarget, toDialResponse } from './dial-mapping.js';
import { invalidArgument } from './failure.js';
import { readDigits, readSid } from './fields.js';
import { Findings } from './findings.js';
import { originationHandlers } from './origination-handlers.js';
import { nextPageToken, readPage } from './paging.js';
import type { HandlersOf } from './service-definition.js';
import { type FieldsAtFault, failureOf } from './status.js';

const dialFields: FieldsAtFault = {
  'conference-full': 'dial.conference.room_name',
  'label-in-use': 'dial.conference.participant_label',
  'coach-target-missing': 'dial.conference.coach',
  'coach-self': 'dial.conference.coach',
  'coach-target-on-hold': 'dial.conference.coach',
  'call-exists': 'call_sid',
  'media-unacceptable': 'rtp.sdp_offer',
};

/** A document has no fields; what kept its call out is in the refusal. */
const documentFields: FieldsAtFault = { 'call-exists': 'call_sid', 'media-unacceptable': 'rtp.sdp_offer' };

const reofferFields: FieldsAtFault = { 'media-unacceptable': 'rtp.sdp_offer', 'media-not-rtp': 'rtp' };

function redirected(view: Result<CallView, Refusal>, accountSid: AccountSid, warnings: readonly Warning[]) {
  return view.ok ? ok({ call: toCall(accountSid, view.value), warnings: [...warnings] }) : err(failureOf(view.error));
}

/** Code 11200: what such a request will come to, once it is to be made. */
function warnOfRules(
  { instruction, fallback }: DialRequest,
  ruleOf: (url: string) => string | null,
  findings: Findings,
): void {
  const dial = instruction.case === 'dial' ? instruction.value : null;
  const places = {
    'dial.conference.status_callback': dial?.conference?.statusCallback,
    'dial.conference.wait_url': dial?.conference?.waitUrl,
    'dial.action': dial?.action,
    'document_url.url': instruction.case === 'documentUrl' ? instruction.value.url : undefined,
    'fallback.url': fallback?.url,
  };
  for (const [field, url] of Object.entries(places)) {
    const rule = url === undefined ? null : ruleOf(url);
    if (rule !== null) findings.warn(11_200, field, `will not be requested: ${rule}`);
  }
}

export const callHandlers = (application: Application): HandlersOf<typeof CallService> => ({
  ...originationHandlers(application),

  async dial(request, { accountSid, signal, trace }) {
    const read = readDial(request);
    if (!read.ok) return read;
    warnOfRules(request, (url) => application.webRule(accountSid, url), read.value.findings);
    const { kind, ...asked } = read.value.request;
    const reply =
      'start' in asked
        ? await application.dialDocument({ accountSid, ...asked, trace })
        : await application.dial({ accountSid, ...asked, trace });
    if (!reply.ok) return err(failureOf(reply.error, kind === 'typed' ? dialFields : documentFields));
    application.noteWarnings(accountSid, reply.value.callSid, read.value.findings.warnings());
    // Nobody will learn the sid of a call whose reply nobody waits for.
    if (signal.aborted) await application.hangUp(accountSid, reply.value.callSid, trace);
    return ok(toDialResponse(reply.value, read.value.request, read.value.findings));
  },

  async updateCall(request, { accountSid, trace }) {
    const findings = new Findings();
    const callSid = readSid('call', request.callSid, 'call_sid', findings);
    if (callSid === null) return err(findings.failed());
    switch (request.update.case) {
      case 'hangUp': {
        const view = await application.hangUp(accountSid, callSid, trace);
        return view.ok ? ok({ call: toCall(accountSid, view.value) }) : err(failureOf(view.error));
      }
      case 'document': {
        const read = readDocument(request.update.value, 'document', findings);
        if (read === null) return err(findings.failed());
        const warnings = 'document' in read.start ? documentWarnings(read.start, 'document') : [];
        return redirected(await application.redirect(accountSid, callSid, read.start, trace), accountSid, warnings);
      }
      case 'documentUrl': {
        const target = readTarget(request.update.value, 'document_url', findings);
        if (target === null) return err(findings.failed());
        return redirected(await application.redirect(accountSid, callSid, target, trace), accountSid, []);
      }
      case 'rtp': {
        const offer = readRtp(request.update.value, findings);
        if (offer === null) return err(findings.failed());
        const reply = await application.reoffer(accountSid, callSid, offer.sdpOffer);
        if (!reply.ok) return err(failureOf(reply.error, reofferFields));
        const { call, sdpAnswer } = reply.value;
        return ok({ call: toCall(accountSid, call), rtp: { sdpAnswer } });
      }
      case undefined:
        return err(
          invalidArgument(
            [{ field: 'update', description: 'is required: one of hang_up, document, document_url, rtp' }],
            null,
          ),
        );
    }
    return assertNever(request.update);
  },

  async getCall(request, { accountSid }) {
    const findings = new Findings();
    const callSid = readSid('call', request.callSid, 'call_sid', findings);
    if (callSid === null) return err(findings.failed());
    const view = application.call(accountSid, callSid);
    return view.ok ? ok({ call: toCall(accountSid, view.value) }) : err(failureOf(view.error));
  },

  async listCalls(request, { accountSid }) {
    const findings = new Findings();
    const filter = readCallFilter(request, findings);
    const cursor = readPage(request, findings);
    const failure = findings.failure();
    if (failure !== null || cursor === null) return err(failure ?? findings.failed());
    const page = pageOf(application.calls(accountSid, filter), cursor, { positionOf, comesAfter: newestFirst });
    return ok({ calls: page.items.map((view) => toCall(accountSid, view)), nextPageToken: nextPageToken(page) });
  },

  async sendDigits(request, { accountSid }) {
    const findings = new Findings();
    const callSid = readSid('call', request.callSid, 'call_sid', findings);
    const digits = readDigits(request.digits, 'digits', findings);
    if (callSid === null || digits === null) return err(findings.failed());
    const sent = application.sendDigits(accountSid, callSid, digits);
    return sent.ok ? ok({}) : err(failureOf(sent.error, { 'digits-not-negotiated': 'call_sid' }));
  },
});

const positionOf = (view: CallView): Position => ({ atMs: view.startedAtMs, sid: view.callSid });
