/** CallService. */
import type { Application } from '../../app/application.js';
import { assertNever } from '../../base/assert.js';
import { err, ok } from '../../base/result.js';
import type { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { toCall } from './call-mapping.js';
import { readDial, readRtp, toDialResponse } from './dial-mapping.js';
import { invalidArgument, notAvailable } from './failure.js';
import { readDigits, readSid } from './fields.js';
import { Findings } from './findings.js';
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

const reofferFields: FieldsAtFault = { 'media-unacceptable': 'rtp.sdp_offer', 'media-not-rtp': 'rtp' };

export const callHandlers = (application: Application): HandlersOf<typeof CallService> => ({
  async dial(request, { accountSid, signal }) {
    const read = readDial(request);
    if (!read.ok) return read;
    const reply = await application.dial({ accountSid, ...read.value.request });
    if (!reply.ok) return err(failureOf(reply.error, dialFields));
    // Nobody will learn the sid of a call whose reply nobody waits for.
    if (signal.aborted) await application.hangUp(accountSid, reply.value.callSid);
    return ok(toDialResponse(reply.value, read.value.request, read.value.findings));
  },

  async updateCall(request, { accountSid }) {
    const findings = new Findings();
    const callSid = readSid('call', request.callSid, 'call_sid', findings);
    if (callSid === null) return err(findings.failed());
    switch (request.update.case) {
      case 'hangUp': {
        const view = await application.hangUp(accountSid, callSid);
        return view.ok ? ok({ call: toCall(accountSid, view.value) }) : err(failureOf(view.error));
      }
      case 'document':
        return err(notAvailable('cXML documents', ['document']));
      case 'documentUrl':
        return err(notAvailable('cXML documents', ['document_url']));
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

  async sendDigits(request, { accountSid }) {
    const findings = new Findings();
    const callSid = readSid('call', request.callSid, 'call_sid', findings);
    const digits = readDigits(request.digits, 'digits', findings);
    if (callSid === null || digits === null) return err(findings.failed());
    const sent = application.sendDigits(accountSid, callSid, digits);
    return sent.ok ? ok({}) : err(failureOf(sent.error, { 'digits-not-negotiated': 'call_sid' }));
  },
});
