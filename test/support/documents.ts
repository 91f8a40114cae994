/** Documents as the vendors' builders make them, and what Parley reads out of documents. */
import { RestClient } from '@signalwire/compatibility-api';
import twilio from 'twilio';
import { absoluteUrl, resolverFrom } from '../../src/callbacks/resolve-url.js';
import type { ConferenceNoun } from '../../src/cxml/conference-noun.js';
import type { DialVerb, SoundVerb } from '../../src/cxml/document.js';
import { type ParsedDocument, parseDocument, parseSoundDocument } from '../../src/cxml/parse-document.js';

/** Attributes as an application writes them; the types of the vendors lag behind their own pages. */
export type Written = Readonly<Record<string, unknown>>;

/** What the builders of both vendors have in common. */
export interface ResponseBuilder {
  dial(attributes?: Written): { conference(attributes: Written, name: string): void };
  play(attributes: Written, url: string): void;
  pause(attributes: Written): void;
  redirect(attributes: Written, url: string): void;
  hangup(): void;
  say(attributes: Written, words: string): void;
  toString(): string;
}

export const builders: Readonly<Record<'signalwire' | 'twilio', () => ResponseBuilder>> = {
  signalwire: () => new RestClient.LaML.VoiceResponse() as unknown as ResponseBuilder,
  twilio: () => new twilio.twiml.VoiceResponse() as unknown as ResponseBuilder,
};

export const documentUrl = 'https://app.example/docs/first';

/** What is read, or the code and rule of the fault. */
export function read(text: string): ParsedDocument | string {
  const bytes = new TextEncoder().encode(text);
  const parsed = parseDocument(bytes, { url: documentUrl, method: 'POST' }, resolverFrom(documentUrl));
  return parsed.ok ? parsed.value : `${parsed.error.code} ${parsed.error.rule}`;
}

export function parsedOf(text: string): ParsedDocument {
  const parsed = read(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

/** As `parsedOf`, of a document that came from nowhere. */
export function handedOverOf(text: string): ParsedDocument {
  const parsed = parseDocument(new TextEncoder().encode(text), null, absoluteUrl);
  if (!parsed.ok) throw new Error(parsed.error.rule);
  return parsed.value;
}

/** The verbs of a document that is heard in a conference. */
export function parsedSoundOf(verbs: string): ParsedDocument<SoundVerb> {
  const bytes = new TextEncoder().encode(`<Response>${verbs}</Response>`);
  const source = { url: documentUrl, method: 'POST' } as const;
  const parsed = parseSoundDocument(bytes, source, resolverFrom(documentUrl));
  if (!parsed.ok) throw new Error(parsed.error.rule);
  return parsed.value;
}

/** `13235 warning /Response/Dial[1]/Conference/@beep`, one for each finding. */
export const findingsOf = (text: string): readonly string[] =>
  parsedOf(text).findings.map(({ code, level, where }) => `${code} ${level} ${where}`);

/** The first verb, which must be a `<Dial>`. */
export function firstDial(text: string): DialVerb {
  const [verb] = parsedOf(text).document.verbs;
  if (verb?.kind !== 'dial') throw new Error('the first verb is no <Dial>');
  return verb;
}

/** Of the first verb: the conference that it joins. */
export function firstNoun(text: string): ConferenceNoun {
  const { conference } = firstDial(text);
  if (!conference.ok) throw new Error(conference.error.message);
  return conference.value;
}

const escaped = (value: string): string => value.replace(/[&<"\n]/g, (character) => `&#${character.charCodeAt(0)};`);

const attributesText = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join('');

/** A `<Response>` of one `<Dial>` of one `<Conference>`, by hand. */
export function conferenceDocument(
  conference: Readonly<Record<string, string>>,
  dial: Readonly<Record<string, string>> = {},
  room = 'Room 1234',
): string {
  const noun = `<Conference${attributesText(conference)}>${escaped(room)}</Conference>`;
  return `<Response><Dial${attributesText(dial)}>${noun}</Dial></Response>`;
}
