/** Where the file of a recording is to be had (CONTRACT §4.2, §7.6). */
import type { AccountSid, RecordingSid } from '../base/brands.js';
import type { Flavour } from '../base/flavour.js';
import { formatSid } from '../base/sids.js';
import { apiVersion } from '../callbacks/status-parameters.js';
import { isTrackPart, type RecordingPart, type TrackPart } from './recording.js';

/** What its path ends with, so that it answers with that part. */
const extensions: Readonly<Record<Exclude<RecordingPart, TrackPart>, string>> = {
  wav: '.wav',
  mp3: '.mp3',
  flac: '.flac',
  opus: '.opus',
  peaks: '.peaks.json',
  picture: '.svg',
  timeline: '.timeline.json',
  labels: '.timeline.txt',
};

function extensionOf(part: RecordingPart): string {
  return isTrackPart(part) ? `.${part}.wav` : extensions[part];
}

/** `url` of a recording, as a link that opens this part of it until then. */
export const signedUrl = (url: string, part: RecordingPart, expiresAtSeconds: number, signature: string): string =>
  `${url}${extensionOf(part)}?expires=${expiresAtSeconds}&signature=${signature}`;

/** From the root of the host, without an extension. */
export const recordingPath = (accountSid: AccountSid, sid: RecordingSid, { sidStyle, uriPrefix }: Flavour): string =>
  `${uriPrefix}/${apiVersion}/Accounts/${formatSid('account', accountSid, sidStyle)}/Recordings/` +
  formatSid('recording', sid, sidStyle);

/** `publicUrl`: scheme and host under which the world reaches the HTTP face, without a slash at its end. */
export const recordingUrl = (publicUrl: string, accountSid: AccountSid, sid: RecordingSid, flavour: Flavour): string =>
  publicUrl + recordingPath(accountSid, sid, flavour);

/** Beside it (`recordingUrl`): a track by its number, and the timeline. */
export const trackUrl = (url: string, number: number): string => `${url}.track-${number}.wav`;
export const timelineUrl = (url: string): string => `${url}.timeline.json`;
export const labelsUrl = (url: string): string => `${url}.timeline.txt`;
