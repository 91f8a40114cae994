/** Conferences as REST shows them (CONTRACT §7.3). */
import { z } from 'zod';
import type { ConferenceSummary, ConferenceView } from '../../app/application.js';
import type { Flavour } from '../../base/flavour.js';
import { formatSid } from '../../base/sids.js';
import { rfc2822 } from '../../callbacks/rfc2822.js';
import { apiVersion, uriOf } from './paths.js';

export const rfc2822Date = z
  .string()
  .meta({ description: 'RFC 2822, UTC.', examples: ['Thu, 04 Apr 2024 18:32:15 +0000'] });

export const conferenceSchema = z
  .strictObject({
    sid: z.string(),
    account_sid: z.string(),
    friendly_name: z.string().meta({ description: 'The name of the room.' }),
    status: z.enum(['init', 'in-progress', 'completed']).meta({
      description: '`init`: it has not started: fewer than two are in, or none of them may start it.',
    }),
    region: z.string().nullable().meta({ description: 'As the first call that named one said; without effect.' }),
    api_version: z.literal(apiVersion),
    date_created: rfc2822Date,
    date_updated: rfc2822Date,
    uri: z.string(),
    subresource_uris: z.strictObject({ participants: z.string(), recordings: z.string() }),
    reason_conference_ended: z
      .enum([
        'conference-ended-via-api',
        'daemon-restarted',
        'last-participant-left',
        'last-participant-kicked',
        'participant-with-end-conference-on-exit-left',
        'participant-with-end-conference-on-exit-kicked',
      ])
      .nullable()
      .meta({ description: 'Null until it has ended.' }),
    call_sid_ending_conference: z.string().nullable().meta({ description: 'Null when no call caused the end.' }),
  })
  .meta({ id: 'Conference', description: 'One life of a room.' });

export function toConferenceResource(
  view: ConferenceView | ConferenceSummary,
  flavour: Flavour,
): z.infer<typeof conferenceSchema> {
  const { sidStyle } = flavour;
  const sid = formatSid('conference', view.conferenceSid, sidStyle);
  const at = (...below: readonly string[]): string =>
    `${uriOf(flavour, view.accountSid, 'Conferences', sid, ...below)}.json`;
  const isOver = view.phase === 'completed';
  const ending = isOver ? view.callSidEndingConference : null;
  return {
    sid,
    account_sid: formatSid('account', view.accountSid, sidStyle),
    friendly_name: view.room,
    status: view.phase,
    region: view.settings.region,
    api_version: apiVersion,
    date_created: rfc2822(view.createdAtMs),
    date_updated: rfc2822(view.updatedAtMs),
    uri: at(),
    subresource_uris: { participants: at('Participants'), recordings: at('Recordings') },
    reason_conference_ended: isOver ? view.endReason : null,
    call_sid_ending_conference: ending === null ? null : formatSid('call', ending, sidStyle),
  };
}
