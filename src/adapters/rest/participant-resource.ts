/** Participants as REST shows them (CONTRACT §7.4). */
import { z } from 'zod';
import type { ParticipantView } from '../../app/application.js';
import { isPending, type Origination } from '../../app/originations/origination.js';
import type { AccountSid } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import { formatSid } from '../../base/sids.js';
import { rfc2822 } from '../../callbacks/rfc2822.js';
import { rfc2822Date } from './conference-resource.js';
import { apiVersion, uriOf } from './paths.js';

export const participantSchema = z
  .strictObject({
    account_sid: z.string(),
    call_sid: z.string(),
    conference_sid: z.string(),
    label: z.string().nullable(),
    call_sid_to_coach: z.string().nullable().meta({
      description: 'The call that alone hears it; null when it coaches nobody, or that call has left.',
    }),
    coaching: z.boolean(),
    muted: z.boolean(),
    hold: z.boolean(),
    start_conference_on_enter: z.boolean(),
    end_conference_on_exit: z.boolean(),
    status: z.string().meta({
      description:
        'In: `in-progress` (flavour signalwire), `connected` (twilio). Left: `completed`, `complete`. Being called: ' +
        '`queued`, `ringing`, `connecting`; never let in: `failed`.',
    }),
    queue_time: z.string().nullable().meta({ description: 'Milliseconds; null for a call that was never queued.' }),
    api_version: z.literal(apiVersion),
    date_created: rfc2822Date.meta({ description: 'When it joined.' }),
    date_updated: rfc2822Date,
    date_left: rfc2822Date.nullable().meta({ description: 'Null while it is in.' }),
    reason_participant_left: z.string().nullable().meta({ description: 'As callbacks say it; null while it is in.' }),
    uri: z.string(),
  })
  .meta({ id: 'Participant', description: 'A call inside a conference.' });

export function toParticipantResource(
  accountSid: AccountSid,
  view: ParticipantView,
  flavour: Flavour,
): z.infer<typeof participantSchema> {
  const { sidStyle, participantStatus } = flavour;
  const [callSid, conferenceSid] = [
    formatSid('call', view.callSid, sidStyle),
    formatSid('conference', view.conferenceSid, sidStyle),
  ];
  const coached = view.coaching?.target ?? null;
  return {
    account_sid: formatSid('account', accountSid, sidStyle),
    call_sid: callSid,
    conference_sid: conferenceSid,
    label: view.label,
    call_sid_to_coach: coached === null ? null : formatSid('call', coached, sidStyle),
    coaching: view.coaching !== null,
    muted: view.muted,
    hold: view.hold !== null,
    start_conference_on_enter: view.startConferenceOnEnter,
    end_conference_on_exit: view.endConferenceOnExit,
    status: view.left === null ? participantStatus.in : participantStatus.left,
    queue_time: null,
    api_version: apiVersion,
    date_created: rfc2822(view.joinedAtMs),
    date_updated: rfc2822(view.left?.atMs ?? view.updatedAtMs),
    date_left: view.left === null ? null : rfc2822(view.left.atMs),
    reason_participant_left: view.left?.reason ?? null,
    uri: `${uriOf(flavour, accountSid, 'Conferences', conferenceSid, 'Participants', callSid)}.json`,
  };
}

const beingCalled: Readonly<Partial<Record<Origination['life']['status'], string>>> = {
  queued: 'queued',
  ringing: 'ringing',
  answered: 'connecting',
};

/** One that is being called, or was and never let in. */
export function toCalledResource(origination: Origination, flavour: Flavour): z.infer<typeof participantSchema> {
  const { accountSid, conference, life, createdAtMs, updatedAtMs } = origination;
  const { sidStyle } = flavour;
  const callSid = formatSid('call', origination.callSid, sidStyle);
  const conferenceSid = formatSid('conference', origination.conferenceSid, sidStyle);
  return {
    account_sid: formatSid('account', accountSid, sidStyle),
    call_sid: callSid,
    conference_sid: conferenceSid,
    label: conference.label,
    call_sid_to_coach: conference.coach === null ? null : formatSid('call', conference.coach, sidStyle),
    coaching: conference.coach !== null,
    muted: conference.muted,
    hold: false,
    start_conference_on_enter: conference.startConferenceOnEnter,
    end_conference_on_exit: conference.endConferenceOnExit,
    status: beingCalled[life.status] ?? 'failed',
    queue_time: isPending(origination) ? '0' : null,
    api_version: apiVersion,
    date_created: rfc2822(createdAtMs),
    date_updated: rfc2822(updatedAtMs),
    date_left: null,
    reason_participant_left: null,
    uri: `${uriOf(flavour, accountSid, 'Conferences', conferenceSid, 'Participants', callSid)}.json`,
  };
}
