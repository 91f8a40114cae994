/** Every attribute of `<Conference>`: values, default, whose counts, and what an odd one comes to (CONTRACT §1.2). */
import { assertNever } from '../base/assert.js';
import type { CallSid } from '../base/brands.js';
import { recordingEvents } from '../base/flavour.js';
import { err, ok, type Result } from '../base/result.js';
import { parseSid } from '../base/sids.js';
import { labelCharactersMax, parseLabel } from '../conference/label.js';
import { type Beep, maxParticipantsCeiling, statusCallbackTokens } from '../conference/state.js';
import {
  choice,
  flag,
  integer,
  method,
  parsed,
  regionCharactersMax,
  type Trouble,
  text,
  tokens,
  url,
  urlOrEmpty,
  type ValuesOf,
} from './attribute-rule.js';

const beeps: Readonly<Record<string, Beep>> = { true: 'true', false: 'false', onEnter: 'on-enter', onExit: 'on-exit' };

export const jitterBufferSizes = ['off', 'small', 'medium', 'large'] as const;
/** `off` adds no delay and drops what comes late. */
export type JitterBufferSize = (typeof jitterBufferSizes)[number];

export const conferenceAttributes = {
  muted: flag(false, { code: 13230 }),
  beep: choice(beeps, 'true', { code: 13235 }),
  startConferenceOnEnter: flag(true, { code: 13232 }),
  endConferenceOnExit: flag(false, { code: 13231, level: 'error' }),
  waitUrl: urlOrEmpty({ code: 13233, otherwise: 'the house music is played' }),
  waitMethod: method({ code: 13234 }),
  maxParticipants: integer([1, maxParticipantsCeiling], null, { code: 16002, scope: 'room', level: 'error' }),
  record: choice({ 'do-not-record': 'do-not-record', 'record-from-start': 'record-from-start' }, null, {
    code: 13217,
    scope: 'room',
  }),
  trim: choice(
    { 'trim-silence': 'trim-silence', 'do-not-trim': 'do-not-trim', true: 'trim-silence', false: 'do-not-trim' },
    null,
    { code: 13239, scope: 'room', level: 'error' },
  ),
  coach: parsed(readCoach, { values: 'sid of a call', code: 13240, level: 'error', keepsOut: true }),
  statusCallback: url({ code: 16002, scope: 'room', level: 'error' }),
  statusCallbackEvent: tokens(statusCallbackTokens, { code: 16002, scope: 'room', level: 'error' }),
  statusCallbackMethod: method({ code: 13221, scope: 'room' }),
  recordingStatusCallback: url({ code: 13256, scope: 'room' }),
  recordingStatusCallbackMethod: method({ code: 13221, scope: 'room' }),
  recordingStatusCallbackEvent: tokens(recordingEvents, { code: 13621, scope: 'room', level: 'error' }),
  eventCallbackUrl: url({ code: 16002, scope: 'room', level: 'error' }),
  region: text(regionCharactersMax, { code: 16002, scope: 'room', level: 'error' }),
  participantLabel: parsed(readLabel, {
    values: `1 to ${labelCharactersMax} characters, without a slash, and not shaped like a call sid`,
    code: 16024,
    level: 'error',
    keepsOut: true,
  }),
  jitterBufferSize: choice<JitterBufferSize, null>(
    { off: 'off', small: 'small', medium: 'medium', large: 'large' },
    null,
    { code: 16002, level: 'error' },
  ),
};

export type ConferenceAttributes = ValuesOf<typeof conferenceAttributes>;

/** What is no call sid can be nobody's. */
function readCoach(given: string): Result<CallSid | null, Trouble> {
  if (given.trim() === '') return ok(null);
  const coach = parseSid('call', given.trim());
  return coach === null ? err({ message: 'is no call sid' }) : ok(coach);
}

function readLabel(given: string): Result<string, Trouble> {
  const label = parseLabel(given);
  if (label.ok) return label;
  switch (label.error) {
    case 'empty':
    case 'too-long':
      return err({ code: 16023, message: `must have 1 to ${labelCharactersMax} characters` });
    case 'contains-slash':
      return err({ message: 'must not contain a slash' });
    case 'looks-like-call-sid':
      return err({ message: 'must not look like a call sid' });
    default:
      return assertNever(label.error);
  }
}
