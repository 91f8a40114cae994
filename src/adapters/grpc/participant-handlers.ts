/** ParticipantService. */
import type { Application } from '../../app/application.js';
import { err, ok } from '../../base/result.js';
import type { ParticipantService } from '../../gen/parley/v1/participant_service_pb.js';
import { readCreateParticipant } from './create-participant.js';
import { readSid } from './fields.js';
import { Findings } from './findings.js';
import { nextPageToken, readPage } from './paging.js';
import { readAnnouncement, readChanges, toParticipant } from './participant-mapping.js';
import type { HandlersOf } from './service-definition.js';
import { type FieldsAtFault, failureOf } from './status.js';

const createFields: FieldsAtFault = {
  'conference-unknown': 'conference_sid',
  'conference-completed': 'conference_sid',
  'conference-full': 'conference.room_name',
  'label-in-use': 'conference.participant_label',
};

const updateFields: FieldsAtFault = {
  'coach-target-missing': 'call_sid_to_coach',
  'coach-self': 'call_sid_to_coach',
  'coach-target-on-hold': 'call_sid_to_coach',
};

export const participantHandlers = (application: Application): HandlersOf<typeof ParticipantService> => ({
  async getParticipant(request, { accountSid }) {
    const findings = new Findings();
    const { conferenceSid, callSid } = readSids(request, findings);
    if (conferenceSid === null || callSid === null) return err(findings.failed());
    const view = await application.participant(accountSid, conferenceSid, callSid);
    if (!view.ok) return err(failureOf(view.error));
    return ok({ participant: toParticipant(accountSid, conferenceSid, view.value) });
  },

  async listParticipants(request, { accountSid }) {
    const findings = new Findings();
    const conferenceSid = readSid('conference', request.conferenceSid, 'conference_sid', findings);
    const cursor = readPage(request, findings);
    if (conferenceSid === null || cursor === null) return err(findings.failed());
    const { muted = null, hold: held = null, coaching = null, includeLeft: includesLeft } = request;
    const filter = { muted, held, coaching, includesLeft };
    const page = await application.participants(accountSid, conferenceSid, filter, cursor);
    if (!page.ok) return err(failureOf(page.error));
    return ok({
      participants: page.value.items.map((view) => toParticipant(accountSid, conferenceSid, view)),
      nextPageToken: nextPageToken(page.value),
    });
  },

  async updateParticipant(request, { accountSid, trace }) {
    const findings = new Findings();
    const { conferenceSid, callSid } = readSids(request, findings);
    const changes = readChanges(request, findings);
    const target = readAnnouncement(request, findings);
    const failure = findings.failure();
    if (failure !== null) return err(failure);
    if (conferenceSid === null || callSid === null) return err(findings.failed());
    const view =
      Object.keys(changes).length === 0
        ? await application.participant(accountSid, conferenceSid, callSid)
        : await application.updateParticipant(accountSid, conferenceSid, callSid, changes, trace);
    if (!view.ok) return err(failureOf(view.error, updateFields));
    if (target !== null) {
      const announced = await application.announce(accountSid, conferenceSid, { callSid, target, trace });
      if (!announced.ok) return err(failureOf(announced.error));
    }
    return ok({ participant: toParticipant(accountSid, conferenceSid, view.value) });
  },

  async createParticipant(request, { accountSid, trace }) {
    const findings = new Findings();
    const asked = readCreateParticipant(request, findings);
    if (asked === null) return err(findings.failed());
    const urls = {
      'conference.status_callback': request.conference?.statusCallback,
      status_callback: request.statusCallback,
    };
    for (const [field, url] of Object.entries(urls)) {
      const rule = url === undefined ? null : application.webRule(accountSid, url);
      if (rule !== null) findings.warn(11_200, field, `will not be requested: ${rule}`);
    }
    const created = await application.createParticipant({ ...asked, accountSid, trace });
    if (!created.ok) return err(failureOf(created.error, createFields));
    const { callSid, conferenceSid } = created.value;
    return ok({ callSid, conferenceSid, warnings: [...findings.warnings()] });
  },

  async removeParticipant(request, { accountSid, trace }) {
    const findings = new Findings();
    const { conferenceSid, callSid } = readSids(request, findings);
    if (conferenceSid === null || callSid === null) return err(findings.failed());
    const removed = await application.removeParticipant(accountSid, conferenceSid, callSid, trace);
    return removed.ok ? ok({}) : err(failureOf(removed.error));
  },
});

const readSids = (request: { readonly conferenceSid: string; readonly callSid: string }, findings: Findings) => ({
  conferenceSid: readSid('conference', request.conferenceSid, 'conference_sid', findings),
  callSid: readSid('call', request.callSid, 'call_sid', findings),
});
