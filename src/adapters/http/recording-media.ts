/**
 * The files of recordings over HTTP (CONTRACT §7.6): whole or in part, to whoever may have them. Knows nothing of a
 * server: whoever has one gives requests and sends answers.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Readable } from 'node:stream';
import type { RecordingUseCases } from '../../app/application.js';
import type { OpenMedia } from '../../app/recordings/recording-views.js';
import type { AccountSid, RecordingSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { type RecordingPart, trackPart } from '../../recordings/recording.js';

/** What is behind the dot in the path; nothing is WAV. */
const partsByExtension: Readonly<Record<string, RecordingPart>> = {
  '': 'wav',
  wav: 'wav',
  mp3: 'mp3',
  flac: 'flac',
  opus: 'opus',
  ogg: 'opus',
  svg: 'picture',
  'peaks.json': 'peaks',
  'timeline.json': 'timeline',
  'timeline.txt': 'labels',
};

const trackExtension = /^track-([1-9]\d{0,3})\.wav$/;

const contentTypes: Readonly<Partial<Record<RecordingPart, string>>> = {
  mp3: 'audio/mpeg',
  flac: 'audio/flac',
  opus: 'audio/ogg; codecs=opus',
  peaks: 'application/json',
  picture: 'image/svg+xml',
  timeline: 'application/json',
  labels: 'text/plain; charset=utf-8',
};
const wavType = 'audio/x-wav';

/** The part that an extension names, `.json` of the recording itself not among them; null: none. */
export function partOfExtension(extension: string): RecordingPart | null {
  const [, track] = trackExtension.exec(extension) ?? [];
  if (track !== undefined) return trackPart(Number(track));
  return Object.hasOwn(partsByExtension, extension) ? (partsByExtension[extension] ?? null) : null;
}

export type MediaRequest = {
  readonly method: 'GET' | 'HEAD';
  readonly accountSid: AccountSid;
  readonly recordingSid: RecordingSid;
  readonly part: RecordingPart;
  /** Whom the credentials of the request open; null: it has none that open anybody. */
  readonly openedBy: AccountSid | null;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly query: { readonly expires?: string | undefined; readonly signature?: string | undefined };
};

export type MediaAnswer = {
  readonly status: 200 | 206 | 304 | 401 | 404 | 412 | 416 | 503;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: none. To be read to its end or destroyed. */
  readonly body: Readable | null;
};

export type MediaParts = {
  readonly application: Pick<RecordingUseCases, 'openRecording'>;
  /** Any of them verifies a signed link; empty for an account that is unknown. */
  readonly signingKeysOf: (accountSid: AccountSid) => readonly string[];
  /** False: whoever knows the sid of a recording may have it, as both vendors do. */
  readonly requiresAuth: boolean;
  readonly clock: Clock;
};

const without = (status: MediaAnswer['status'], headers: MediaAnswer['headers'] = {}): MediaAnswer => ({
  status,
  headers: { 'content-length': '0', ...headers },
  body: null,
});

/** Neither another account's recording nor one that is not there, or not ready, is told from the other. */
export async function serveMedia(request: MediaRequest, parts: MediaParts): Promise<MediaAnswer> {
  const { accountSid, recordingSid, part, method } = request;
  if (!mayHave(request, parts)) {
    return request.openedBy === null
      ? without(401, { 'www-authenticate': 'Basic realm="Parley", charset="UTF-8"' })
      : without(404);
  }
  const opened = await parts.application.openRecording(accountSid, recordingSid, part);
  if (!opened.ok) {
    const { kind } = opened.error;
    return without(kind === 'store-unavailable' || kind === 'recording-files-away' ? 503 : 404);
  }
  const media = opened.value;
  const answer = answerOf(request, media);
  if (answer.range === null || method === 'HEAD') {
    await media.close();
    return { ...answer, body: null };
  }
  return { ...answer, body: bodyOf(media, answer.range) };
}

function mayHave(request: MediaRequest, parts: MediaParts): boolean {
  return !parts.requiresAuth || request.openedBy === request.accountSid || hasSignedLink(request, parts);
}

/** Milliseconds of wall-clock time; the signature is over what it opens and until when. */
export function signMedia(
  key: string,
  of: Pick<MediaRequest, 'accountSid' | 'recordingSid' | 'part'>,
  expiresAtSeconds: number,
): string {
  // A key of its own, so that nothing signed for another purpose opens a file.
  const own = createHmac('sha256', key).update('parley recording media').digest();
  const { accountSid, recordingSid, part } = of;
  return createHmac('sha256', own).update(`${accountSid}/${recordingSid}/${part}/${expiresAtSeconds}`).digest('hex');
}

function hasSignedLink(request: MediaRequest, { signingKeysOf, clock }: MediaParts): boolean {
  const { expires = '', signature = '' } = request.query;
  if (!/^\d{1,12}$/.test(expires) || !/^[0-9a-f]{64}$/.test(signature)) return false;
  if (Number(expires) * 1000 <= clock.now()) return false;
  const given = Buffer.from(signature, 'hex');
  return signingKeysOf(request.accountSid).some((key) =>
    timingSafeEqual(given, Buffer.from(signMedia(key, request, Number(expires)), 'hex')),
  );
}

type Range = { readonly first: number; readonly last: number };
type Head = Omit<MediaAnswer, 'body'> & { readonly range: Range | null };

/** RFC 9110 §13.2.2, §14: what of the file is sent, if anything is. */
function answerOf({ headers }: MediaRequest, media: OpenMedia): Head {
  const { bytes, sha256, madeAtMs, part } = media;
  const etag = `"${sha256}"`;
  const modifiedAtMs = Math.floor(madeAtMs / 1000) * 1000;
  const common = {
    etag,
    'last-modified': new Date(modifiedAtMs).toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'x-content-type-options': 'nosniff',
  };
  const header = (name: string): string | null => {
    const value = headers[name];
    return typeof value === 'string' ? value : null;
  };
  const bare = (status: MediaAnswer['status'], more: MediaAnswer['headers'] = {}): Head => ({
    status,
    headers: { ...common, ...more },
    range: null,
  });
  const ifMatch = header('if-match');
  if (ifMatch !== null && !names(ifMatch, etag)) return bare(412, { 'content-length': '0' });
  const ifNoneMatch = header('if-none-match');
  const since = header('if-modified-since');
  const isUnchanged =
    ifNoneMatch === null ? since !== null && Date.parse(since) >= modifiedAtMs : names(ifNoneMatch, etag);
  if (isUnchanged) return bare(304);
  const type = { ...common, 'content-type': contentTypes[part] ?? wavType };
  const ifRange = header('if-range');
  const asked = header('range');
  const range = asked === null || (ifRange !== null && ifRange !== etag) ? null : parseRange(asked, bytes);
  if (range === 'unsatisfiable') return bare(416, { 'content-range': `bytes */${bytes}`, 'content-length': '0' });
  if (range === null) {
    return { status: 200, headers: { ...type, 'content-length': String(bytes) }, range: { first: 0, last: bytes - 1 } };
  }
  const { first, last } = range;
  const part206 = { 'content-range': `bytes ${first}-${last}/${bytes}`, 'content-length': String(last - first + 1) };
  return { status: 206, headers: { ...type, ...part206 }, range };
}

const names = (list: string, etag: string): boolean =>
  list.trim() === '*' || list.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);

/** One range of bytes; null for what is none, or several, which are passed over (RFC 9110 §14.2). */
export function parseRange(text: string, bytes: number): Range | 'unsatisfiable' | null {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(text.trim()) ?? [];
  if (from === '' && to === '') return null;
  if (from === '') {
    const last = Number(to);
    return last === 0 || bytes === 0 ? 'unsatisfiable' : { first: Math.max(0, bytes - last), last: bytes - 1 };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return null;
  if (first >= bytes) return 'unsatisfiable';
  return { first, last: to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1) };
}

function bodyOf(media: OpenMedia, { first, last }: Range): Readable {
  const body = Readable.from(media.read(first, last), { objectMode: false });
  body.once('close', () => {
    // Whoever asked has gone, or has it all: nobody hears of a file that does not close.
    media.close().catch(() => {});
  });
  return body;
}
