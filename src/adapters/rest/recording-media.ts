/**
 * The audio of recordings, on the path that also names them (CONTRACT §7.6): without `.json` it is a file, of the
 * format that its extension says. Whoever serves files decides who may have them; this finds out what is asked for.
 */
import type { Readable } from 'node:stream';
import type { AccountSid, RecordingSid } from '../../base/brands.js';
import { parseSid } from '../../base/sids.js';
import type { RecordingPart } from '../../recordings/recording.js';
import { apiVersion } from './paths.js';

export type MediaRequest = {
  readonly method: 'GET' | 'HEAD';
  readonly accountSid: AccountSid;
  readonly recordingSid: RecordingSid;
  readonly part: RecordingPart;
  /** Whom the credentials of the request open; null: it has none that open anybody. */
  readonly openedBy: AccountSid | null;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly query: { readonly expires?: string | undefined; readonly signature?: string | undefined };
};

export type MediaAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | null;
};

export type RecordingMedia = {
  /** Null: there is no such format. */
  readonly partOf: (extension: string) => RecordingPart | null;
  readonly serve: (request: MediaRequest) => Promise<MediaAnswer>;
};

/** Where the router finds files: the path of a recording is that of its description, too. */
export const mediaPath = `/${apiVersion}/Accounts/:AccountSid/RecordingMedia/:File`;

const recordingPath = new RegExp(`^(/${apiVersion}/Accounts/[^/]+)/Recordings/([^/]+)$`);

/** `path` is that of a request to be answered with a file; null: with something else. */
export function mediaUrl(method: string, path: string): string | null {
  if (method !== 'GET' && method !== 'HEAD') return null;
  const [, account = '', file = ''] = recordingPath.exec(path) ?? [];
  if (file === '' || /^[^.]+\.json$/.test(file)) return null;
  return `${account}/RecordingMedia/${file}`;
}

export const isMediaUrl = (url: string): boolean => url.includes('/RecordingMedia/');

type Named = Pick<MediaRequest, 'accountSid' | 'recordingSid' | 'part'>;

/** Null: nothing has this name. */
export function mediaNamed(
  { AccountSid: account = '', File: file = '' }: Readonly<Record<string, string>>,
  { partOf }: Pick<RecordingMedia, 'partOf'>,
): Named | null {
  const dot = file.indexOf('.');
  const [name, extension] = dot < 0 ? [file, ''] : [file.slice(0, dot), file.slice(dot + 1)];
  const accountSid = parseSid('account', account);
  const recordingSid = parseSid('recording', name);
  const part = partOf(extension);
  return accountSid === null || recordingSid === null || part === null ? null : { accountSid, recordingSid, part };
}
