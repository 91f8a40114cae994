/** `<Conference>` as a leg asks for it: attributes and room name, read from a document or from a typed instruction. */
import type { RoomName } from '../base/brands.js';
import { err, ok, type Result } from '../base/result.js';
import type { JoinCommand } from '../conference/commands.js';
import { parseRoomName, roomNameCharactersMax } from '../conference/room-name.js';
import type { RoomRequest, WaitAudio } from '../conference/state.js';
import { type ConferenceAttributes, conferenceAttributes, type JitterBufferSize } from './conference-attributes.js';
import type { Finding } from './finding.js';
import { recordingCallbackOf } from './leg-recording.js';
import { type Notebook, readAttributes } from './read-attributes.js';

/** What one `<Conference>` says, every default filled in. */
export type ConferenceNoun = Pick<
  JoinCommand,
  'label' | 'muted' | 'beep' | 'startConferenceOnEnter' | 'endConferenceOnExit' | 'wait' | 'coach' | 'roomRequest'
> & {
  readonly room: RoomName;
  /** Null: as configured. */
  readonly jitterBufferSize: JitterBufferSize | null;
};

export const roomNameCode = 13237;

/** The finding that keeps the leg out, when it cannot join; each is in the notebook, too. */
export function readConferenceNoun(
  roomName: string,
  given: ReadonlyMap<string, string>,
  notebook: Notebook,
): Result<ConferenceNoun, Finding> {
  const room = readRoomName(roomName, notebook);
  const { values, obstacle } = readAttributes(conferenceAttributes, given, notebook);
  if (!room.ok) return room;
  if (obstacle !== null) return err(obstacle);
  return ok({
    room: room.value,
    label: values.participantLabel,
    muted: values.muted,
    beep: values.beep,
    startConferenceOnEnter: values.startConferenceOnEnter,
    endConferenceOnExit: values.endConferenceOnExit,
    wait: waitAudioOf(values),
    coach: values.coach,
    roomRequest: {
      statusCallback:
        values.statusCallback === null
          ? null
          : {
              url: values.statusCallback,
              method: values.statusCallbackMethod,
              events: values.statusCallbackEvent ?? [],
            },
      maxParticipants: values.maxParticipants,
      region: values.region,
      eventCallbackUrl: values.eventCallbackUrl,
      ...recordingOf(values),
    },
    jitterBufferSize: values.jitterBufferSize,
  });
}

function readRoomName(text: string, { at, findings }: Notebook): Result<RoomName, Finding> {
  const room = parseRoomName(text);
  if (room !== null) return ok(room);
  const message = `must have 1 to ${roomNameCharactersMax} characters after trimming`;
  const finding: Finding = { code: roomNameCode, level: 'warning', where: at(null), message, keepsOut: true };
  findings.push(finding);
  return err(finding);
}

/** Nothing when it says nothing of it: the next leg may. */
function recordingOf(values: ConferenceAttributes): Pick<RoomRequest, 'recording'> {
  const { record, trim } = values;
  const callback = recordingCallbackOf(values);
  if (record === null && trim === null && callback === null) return {};
  return { recording: { record: record === null ? null : record === 'record-from-start', trim, callback } };
}

/** CONTRACT §5: left out is the house music, empty is silence. */
function waitAudioOf({ waitUrl, waitMethod }: ConferenceAttributes): WaitAudio {
  if (waitUrl === null) return { kind: 'default-music' };
  return waitUrl === '' ? { kind: 'silence' } : { kind: 'document', target: { url: waitUrl, method: waitMethod } };
}
