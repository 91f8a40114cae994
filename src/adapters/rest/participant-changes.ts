/** What an update says is to change of a participant (CONTRACT §7.4, §8.6). */
import { err, ok, type Result } from '../../base/result.js';
import { parseSid } from '../../base/sids.js';
import type { ParticipantChanges } from '../../conference/commands.js';
import type { WaitAudio, WebTarget } from '../../conference/state.js';
import { badParameter, type RestFailure } from './failure.js';
import { callInPath } from './identifiers.js';
import { flag, forgivingFlag, httpMethod, type ReadParameters, text, webUrl, webUrlOrNothing } from './parameters.js';

export const participantChanges = {
  Muted: forgivingFlag('Heard or not; anything but `true` counts as `false`.'),
  Hold: flag('True: hears what `HoldUrl` says alone, and is not heard. True again with another URL replaces that.'),
  HoldUrl: webUrlOrNothing(
    'With `Hold=true`: a document or audio; empty: silence; left out: the house music. Without it no effect.',
  ),
  HoldMethod: httpMethod('GET unless said.'),
  AnnounceUrl: webUrl('Played to this participant alone, over what it hears. Up to 16 wait in line.'),
  AnnounceMethod: httpMethod('POST unless said.'),
  WaitUrl: webUrlOrNothing('What it hears while it waits for the start; empty: silence.'),
  WaitMethod: httpMethod('POST unless said.', 13_234),
  Coaching: flag('True needs `CallSidToCoach`; false: heard by everybody. Left out: true when a call is named.'),
  CallSidToCoach: {
    ...text('The call that alone hears this participant from now on.', 128),
    schema: callInPath.CallSid.schema,
    audited: (sid: string) => sid.slice(0, 36),
  },
  BeepOnExit: flag('Whether its leaving is marked by a beep.'),
  EndConferenceOnExit: flag('Whether its leaving ends the conference.'),
};

type Said = ReadParameters<typeof participantChanges>;

/** Only what is said. */
export function readChanges(said: Said): Result<ParticipantChanges, RestFailure> {
  const coach = readCoach(said);
  if (!coach.ok) return coach;
  const { Muted: muted, BeepOnExit: beepOnExit, EndConferenceOnExit: endConferenceOnExit, WaitUrl: waitUrl } = said;
  return ok({
    ...(muted === undefined ? {} : { muted }),
    ...(said.Hold === undefined ? {} : { hold: said.Hold ? holdAudio(said) : null }),
    ...(coach.value === undefined ? {} : { coach: coach.value }),
    ...(waitUrl === undefined ? {} : { wait: audioAt(waitUrl, said.WaitMethod ?? 'POST') }),
    ...(beepOnExit === undefined ? {} : { beepOnExit }),
    ...(endConferenceOnExit === undefined ? {} : { endConferenceOnExit }),
  });
}

/** Null: nothing is to be announced. */
export const announcementOf = ({ AnnounceUrl: url, AnnounceMethod: method = 'POST' }: Said): WebTarget | null =>
  url === undefined ? null : { url, method };

const holdAudio = ({ HoldUrl: url, HoldMethod: method = 'GET' }: Said): WaitAudio =>
  url === undefined ? { kind: 'default-music' } : audioAt(url, method);

const audioAt = (url: string | null, method: WebTarget['method']): WaitAudio =>
  url === null ? { kind: 'silence' } : { kind: 'document', target: { url, method } };

/** Undefined: coaching stays as it is; null: it ends. Whatever is wrong with a coach is 16002 over REST. */
function readCoach({
  Coaching: coaching,
  CallSidToCoach: named,
}: Said): Result<ParticipantChanges['coach'], RestFailure> {
  if (coaching === false) return ok(null);
  if (named === undefined || named.trim() === '') {
    const isNeeded = coaching === true || named !== undefined;
    return isNeeded ? err(badParameter('CallSidToCoach', 'is required to coach', 16_002)) : ok(undefined);
  }
  const target = parseSid('call', named.trim());
  return target === null
    ? err(badParameter('CallSidToCoach', 'must be a call of this conference', 16_002))
    : ok(target);
}
