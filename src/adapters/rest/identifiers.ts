/** Sids in paths: in either spelling; what is none is something that is not there (CONTRACT §9, §16.7). */
import type { CallSid, ConferenceSid } from '../../base/brands.js';
import { err, ok, type Result } from '../../base/result.js';
import { formatSid, parseSid } from '../../base/sids.js';
import { roomNameCharactersMax } from '../../conference/room-name.js';
import { notFound, type RestFailure } from './failure.js';
import type { PathParameter, RestContext } from './route.js';

const inEitherSpelling = (prefix: string): PathParameter['schema'] => ({
  type: 'string',
  pattern: `^(${prefix}[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$`,
});

export const accountInPath = {
  AccountSid: { description: 'The account whose token is sent.', schema: inEitherSpelling('AC') },
} as const;

export const conferenceInPath = {
  ConferenceSid: { description: 'The conference.', schema: inEitherSpelling('CF') },
} as const;

export const roomInPath = {
  ConferenceSid: {
    description: 'The conference, or the name of a room: its conference, which comes to be where there is none.',
    schema: { type: 'string', minLength: 1, maxLength: roomNameCharactersMax },
  },
} as const;

export const recordingInPath = {
  RecordingSid: {
    description: 'The recording.',
    schema: { type: 'string', pattern: '^(RE[0-9a-fA-F]{32}|[0-9a-fA-F-]{36}|(Twilio[.])?CURRENT)$' },
  },
} as const;

export const callInPath = { CallSid: { description: 'The call.', schema: inEitherSpelling('CA') } } as const;

export const conferenceSidOf = ({ path }: RestContext): Result<ConferenceSid, RestFailure> => {
  const sid = parseSid('conference', path.ConferenceSid ?? '');
  return sid === null ? err(notFound) : ok(sid);
};

export const callSidOf = ({ path }: RestContext): Result<CallSid, RestFailure> => {
  const sid = parseSid('call', path.CallSid ?? '');
  return sid === null ? err(notFound) : ok(sid);
};

/** The sid in the path as answers spell it. */
export function shown(kind: 'conference' | 'call', asked: RestContext): string {
  const { sidStyle } = asked.flavour;
  const conference = conferenceSidOf(asked);
  if (kind === 'conference') return conference.ok ? formatSid('conference', conference.value, sidStyle) : '';
  const call = callSidOf(asked);
  return call.ok ? formatSid('call', call.value, sidStyle) : '';
}
