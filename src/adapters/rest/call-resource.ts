/** Calls as REST shows them: what the vendors have and Parley cannot know is null. */
import { z } from 'zod';
import type { CallView } from '../../app/application.js';
import { answerers } from '../../app/originations/call-wishes.js';
import type { AccountSid } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import { formatSid } from '../../base/sids.js';
import { callOutcomes } from '../../callbacks/call-progress.js';
import { rfc2822 } from '../../callbacks/rfc2822.js';
import { rfc2822Date } from './conference-resource.js';
import { apiVersion, uriOf } from './paths.js';

/** In the order of a call's life. */
export const callStatuses = [
  'queued',
  'ringing',
  'in-progress',
  ...callOutcomes,
] as const satisfies CallView['status'][];

const wasAnswered = ({ status }: CallView): boolean => status === 'in-progress' || status === 'completed';

export const callSchema = z
  .strictObject({
    sid: z.string(),
    account_sid: z.string(),
    parent_call_sid: z.null(),
    from: z.string(),
    to: z.string(),
    status: z.enum(callStatuses).meta({
      description: 'Only a call that was made for Parley has others than `in-progress` and `completed`.',
    }),
    direction: z.enum(['inbound', 'outbound-api', 'outbound-dial']),
    conference_sid: z.string().nullable().meta({ description: 'The conference it is in, or was in last.' }),
    start_time: rfc2822Date,
    end_time: rfc2822Date.nullable(),
    duration: z
      .string()
      .nullable()
      .meta({ description: 'Seconds, 0 for one that nobody answered; null while it lives.' }),
    date_created: rfc2822Date,
    date_updated: rfc2822Date,
    answered_by: z.enum(answerers).nullable().meta({ description: 'As the platform found out; null: it did not.' }),
    caller_name: z.null(),
    forwarded_from: z.null(),
    price: z.null(),
    price_unit: z.null(),
    api_version: z.literal(apiVersion),
    uri: z.string(),
    subresource_uris: z.strictObject({ notifications: z.string(), recordings: z.string() }),
  })
  .meta({ id: 'Call', description: "One party's call." });

export function toCallResource(accountSid: AccountSid, view: CallView, flavour: Flavour): z.infer<typeof callSchema> {
  const { sidStyle } = flavour;
  const sid = formatSid('call', view.callSid, sidStyle);
  const at = (...below: readonly string[]): string => `${uriOf(flavour, accountSid, 'Calls', sid, ...below)}.json`;
  const { startedAtMs, endedAtMs, conferenceSid } = view;
  return {
    sid,
    account_sid: formatSid('account', accountSid, sidStyle),
    parent_call_sid: null,
    from: view.call.from,
    to: view.call.to,
    status: view.status,
    direction: view.call.direction,
    conference_sid: conferenceSid === null ? null : formatSid('conference', conferenceSid, sidStyle),
    start_time: rfc2822(startedAtMs),
    end_time: endedAtMs === null ? null : rfc2822(endedAtMs),
    duration:
      endedAtMs === null
        ? null
        : String(wasAnswered(view) ? Math.max(0, Math.round((endedAtMs - startedAtMs) / 1000)) : 0),
    date_created: rfc2822(startedAtMs),
    date_updated: rfc2822(endedAtMs ?? startedAtMs),
    answered_by: view.answeredBy,
    caller_name: null,
    forwarded_from: null,
    price: null,
    price_unit: null,
    api_version: apiVersion,
    uri: at(),
    subresource_uris: { notifications: at('Notifications'), recordings: at('Recordings') },
  };
}
