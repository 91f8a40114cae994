/** What an answer is, by what it is called and by its first bytes: both must say so (CONTRACT §5, §11). */
import type { SoundFailure } from '../../app/sounds/sound-port.js';
import { err, ok, type Result } from '../../base/result.js';
import { isMarkup, sniff } from '../../sound/format.js';
import type { PcmEncoding } from '../../sound/pcm.js';
import type { SoundEncoding } from '../../worker/sound/decoders.js';
import { noAudioCode } from './decoding.js';

/** Code of a Content-Type that is not that of what came. */
export const contentTypeCode = 12_300;

const audioTypes = /^(?:audio\/.+|(?:application|video)\/(?:x-)?ogg|application\/(?:x-)?flac)$/;
/** What stores call a file of which they were told nothing. */
const unnamedTypes = /^(?:application|binary)\/octet-stream$/;
/** May begin with what is not a frame, where a recording was cut. */
const mpegTypes = /^audio\/(?:x-)?(?:mpeg|mp3|mpg|mpeg3)$/;
/** Samples without a header, 8000 a second (RFC 2046 §4.2, RFC 4856 §2.1). */
const bareTypes: Readonly<Record<string, PcmEncoding>> = {
  'audio/basic': 'mu-law',
  'audio/ulaw': 'mu-law',
  'audio/x-ulaw': 'mu-law',
  'audio/x-mulaw': 'mu-law',
  'audio/pcmu': 'mu-law',
  'audio/alaw': 'a-law',
  'audio/x-alaw': 'a-law',
  'audio/pcma': 'a-law',
};

const notCalledSo = (rule: string): Result<never, SoundFailure> => err({ code: contentTypeCode, rule });
const noAudio = (rule: string): Result<never, SoundFailure> => err({ code: noAudioCode, rule });

/** `type`: in lower case and without parameters. `first`: `sniffedBytes` of it, or all of it. */
export function encodingOf(type: string | null, first: Uint8Array): Result<SoundEncoding, SoundFailure> {
  if (type === null) return notCalledSo('the answer has no Content-Type');
  const isUnnamed = unnamedTypes.test(type);
  if (!audioTypes.test(type) && !isUnnamed) return notCalledSo(`the answer is called ${shown(type)}`);
  if (first.length === 0) return noAudio('it is empty');
  if (isMarkup(first)) return notCalledSo(`the answer is called ${shown(type)} and is a document`);
  const format = sniff(first);
  if (format !== null) return ok(format);
  if (isUnnamed) return notCalledSo(`the answer is called ${shown(type)} and is no audio`);
  const bare = bareTypes[type];
  if (bare !== undefined) return ok({ bare: { encoding: bare, littleEndian: true, channels: 1, rateHz: 8000 } });
  return mpegTypes.test(type) ? ok('mpeg') : noAudio('audio of a kind that is not played');
}

/** A document that is one by its bytes, too. */
export function checkDocument(body: Uint8Array): Result<void, SoundFailure> {
  const isAudio = !isMarkup(body) && sniff(body) !== null;
  return isAudio ? notCalledSo('the answer is called XML and is audio') : ok(undefined);
}

/** Of what strangers send only so much is told. */
const shown = (type: string): string => JSON.stringify(type.slice(0, 80));
