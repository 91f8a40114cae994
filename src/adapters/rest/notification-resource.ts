/** What the debugger noted, in the shape of the vendors' Notifications. */
import { z } from 'zod';
import type { NotedFinding } from '../../app/debugger.js';
import type { AccountSid } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import { formatSid } from '../../base/sids.js';
import { rfc2822 } from '../../callbacks/rfc2822.js';
import { parseWebhookUrl, signedForm } from '../../callbacks/url.js';
import { rfc2822Date } from './conference-resource.js';
import { apiVersion, uriOf } from './paths.js';

export const notificationSchema = z
  .strictObject({
    sid: z.string(),
    account_sid: z.string(),
    call_sid: z.string().nullable().meta({ description: 'The call that it befell; null: all of a conference.' }),
    conference_sid: z.string().nullable(),
    error_code: z.string().meta({ description: 'Number of the error dictionary.' }),
    log: z.enum(['0', '1']).meta({ description: '`0`: an error, `1`: a warning.' }),
    message_text: z.string(),
    where: z.string().meta({ description: 'The place in the document, or the field of the request.' }),
    message_date: rfc2822Date,
    more_info: z.string(),
    request_method: z.enum(['GET', 'POST']).nullable(),
    request_url: z.string().nullable().meta({ description: 'Where the document came from, or what was not there.' }),
    api_version: z.literal(apiVersion),
    date_created: rfc2822Date,
    date_updated: rfc2822Date,
    uri: z.string(),
  })
  .meta({ id: 'Notification', description: 'What was odd or wrong about a document or a request.' });

const sidOf = (number: number): string => `NO${number.toString(16).padStart(32, '0')}`;

/** The number in the sid; null when it is none. */
export function numberOfSid(sid: string): number | null {
  const [, digits] = /^NO0{19}([0-9a-f]{13})$/.exec(sid) ?? [];
  const number = Number.parseInt(digits ?? '', 16);
  return Number.isSafeInteger(number) ? number : null;
}

export function toNotificationResource(
  accountSid: AccountSid,
  { number, atMs, callSid, conferenceSid, finding, source }: NotedFinding,
  flavour: Flavour,
): z.infer<typeof notificationSchema> {
  const { sidStyle } = flavour;
  const sid = sidOf(number);
  const date = rfc2822(atMs);
  const url = source === null ? null : parseWebhookUrl(source.url);
  return {
    sid,
    account_sid: formatSid('account', accountSid, sidStyle),
    call_sid: callSid === null ? null : formatSid('call', callSid, sidStyle),
    conference_sid: conferenceSid === null ? null : formatSid('conference', conferenceSid, sidStyle),
    error_code: String(finding.code),
    log: finding.level === 'error' ? '0' : '1',
    message_text: finding.message,
    where: finding.where,
    message_date: date,
    more_info: `/errors/${finding.code}`,
    request_method: url === null ? null : (source?.method ?? null),
    request_url: url === null ? null : signedForm(url),
    api_version: apiVersion,
    date_created: date,
    date_updated: date,
    uri: `${uriOf(flavour, accountSid, 'Notifications', sid)}.json`,
  };
}
