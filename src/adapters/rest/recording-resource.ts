/** Recordings as REST shows them (CONTRACT §7.5): where the vendors part, in the words of the account's flavour. */
import { z } from 'zod';
import type { RecordingView } from '../../app/recordings/recording-views.js';
import type { Flavour } from '../../base/flavour.js';
import { formatSid } from '../../base/sids.js';
import { rfc2822 } from '../../callbacks/rfc2822.js';
import { sourceName } from '../../recordings/notices.js';
import { callSidOfRecording, durationSecondsOf, type RecordingStatus } from '../../recordings/recording.js';
import { labelsUrl, timelineUrl, trackUrl } from '../../recordings/recording-url.js';
import { rfc2822Date } from './conference-resource.js';
import { apiVersion, uriOf } from './paths.js';

/** One vendor has no word for a recording whose files are being made. */
const statusOf = (status: RecordingStatus, { recordingFields }: Flavour): string =>
  status === 'processing' ? recordingFields.processing : status;

export const recordingSchema = z
  .strictObject({
    sid: z.string(),
    account_sid: z.string(),
    conference_sid: z.string(),
    call_sid: z.string().nullable().meta({ description: 'Null for a recording of a conference.' }),
    status: z.string().meta({
      description:
        '`in-progress`, `paused`, `stopped`, `processing` (flavour twilio), `completed`, `absent`, `failed`.',
    }),
    source: z.string().meta({ description: 'Who asked for it: `Conference`, `DialVerb`, or an API.' }),
    channels: z.union([z.string(), z.int()]).meta({ description: 'A text in flavour signalwire, a number in twilio.' }),
    channel: z.string().optional().meta({ description: 'As `channels`; flavour signalwire alone.' }),
    duration: z.union([z.string(), z.int()]).nullable().meta({
      description: 'Seconds: a number in flavour signalwire, a text in twilio. Null until it is completed.',
    }),
    trim: z.enum(['trim-silence', 'do-not-trim']),
    start_time: rfc2822Date,
    end_time: rfc2822Date.nullable(),
    date_created: rfc2822Date,
    date_updated: rfc2822Date,
    error_code: z.int().nullable().meta({ description: '16101 too short, 16102 silent, 16099 a defect.' }),
    price: z.null(),
    price_unit: z.null(),
    encryption_details: z.null(),
    media_url: z
      .string()
      .meta({ description: 'Where its audio is, once it is completed: WAV; other formats by their extension.' }),
    tracks: z
      .array(
        z.strictObject({
          number: z.int(),
          call_sid: z.string(),
          label: z.string().nullable(),
          media_url: z.string(),
        }),
      )
      .optional()
      .meta({ description: 'A file of each participant; of a completed recording that was begun with them.' }),
    timeline_url: z.string().optional().meta({ description: 'What happened meanwhile, as JSON; with `tracks`.' }),
    labels_url: z.string().optional().meta({ description: 'The same as a label file of Audacity; with `tracks`.' }),
    api_version: z.literal(apiVersion),
    uri: z.string(),
    subresource_uris: z.strictObject({}),
  })
  .meta({ id: 'Recording', description: 'A recording of a conference, or of one call in it.' });

function tracksOf({ life, url }: RecordingView, { sidStyle }: Flavour) {
  if (life.status !== 'completed' || life.media.tracks === undefined) return {};
  const tracks = life.media.tracks.map(({ number, callSid, label }) => ({
    number,
    call_sid: formatSid('call', callSid, sidStyle),
    label,
    media_url: trackUrl(url, number),
  }));
  return { tracks, timeline_url: timelineUrl(url), labels_url: labelsUrl(url) };
}

/** `below`: the path of the list it is shown in. */
export function toRecordingResource(
  view: RecordingView,
  flavour: Flavour,
  below: readonly string[],
): z.infer<typeof recordingSchema> {
  const { sidStyle, recordingFields } = flavour;
  const isText = recordingFields.textual === 'channels';
  const { life } = view;
  const sid = formatSid('recording', view.sid, sidStyle);
  const callSid = callSidOfRecording(view);
  const seconds = durationSecondsOf(view);
  return {
    sid,
    account_sid: formatSid('account', view.accountSid, sidStyle),
    conference_sid: formatSid('conference', view.conferenceSid, sidStyle),
    call_sid: callSid === null ? null : formatSid('call', callSid, sidStyle),
    status: statusOf(life.status, flavour),
    source: sourceName(view.source, flavour),
    channels: isText ? String(view.channels) : view.channels,
    ...(isText ? { channel: String(view.channels) } : {}),
    duration: seconds === null ? null : isText ? seconds : String(seconds),
    trim: view.trim,
    start_time: rfc2822(view.createdAtMs),
    end_time: 'endedAtMs' in life ? rfc2822(life.endedAtMs) : null,
    date_created: rfc2822(view.createdAtMs),
    date_updated: rfc2822(view.updatedAtMs),
    error_code: 'errorCode' in life ? life.errorCode : null,
    price: null,
    price_unit: null,
    encryption_details: null,
    media_url: view.url,
    ...tracksOf(view, flavour),
    api_version: apiVersion,
    uri: `${uriOf(flavour, view.accountSid, ...below, sid)}.json`,
    subresource_uris: {},
  };
}
