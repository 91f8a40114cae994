/** Conferences as parley.v1 shows them, and the filter of their list. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ConferenceFilter, ConferenceSummary } from '../../app/application.js';
import { parseRoomName, roomNameCharactersMax } from '../../conference/room-name.js';
import { type EndReason, maxParticipantsDefault } from '../../conference/state.js';
import { ConferenceEndReason, type ConferenceSchema, ConferenceStatus } from '../../gen/parley/v1/conference_pb.js';
import type { ListConferencesRequest } from '../../gen/parley/v1/conference_service_pb.js';
import type { Findings } from './findings.js';
import { lastBefore, readTimestamp, toTimestamp } from './timestamps.js';

export function toConference(view: ConferenceSummary): MessageInitShape<typeof ConferenceSchema> {
  const isOver = view.phase === 'completed';
  const startedAtMs = view.phase === 'init' ? null : view.startedAtMs;
  return {
    sid: view.conferenceSid,
    accountSid: view.accountSid,
    roomName: view.room,
    status: statuses[view.phase],
    region: view.settings.region ?? undefined,
    maxParticipants: view.settings.maxParticipants ?? maxParticipantsDefault,
    participantCount: view.participantCount,
    createTime: toTimestamp(view.createdAtMs),
    updateTime: toTimestamp(view.updatedAtMs),
    startTime: startedAtMs === null ? undefined : toTimestamp(startedAtMs),
    endTime: isOver ? toTimestamp(view.endedAtMs) : undefined,
    endReason: isOver ? toEndReason(view.endReason) : ConferenceEndReason.UNSPECIFIED,
    callSidEndingConference: isOver ? (view.callSidEndingConference ?? undefined) : undefined,
  };
}

const statuses = {
  init: ConferenceStatus.INIT,
  'in-progress': ConferenceStatus.IN_PROGRESS,
  completed: ConferenceStatus.COMPLETED,
} as const satisfies Readonly<Record<ConferenceSummary['phase'], ConferenceStatus>>;

export const toEndReason = (reason: EndReason): ConferenceEndReason => endReasons[reason];

const endReasons: Readonly<Record<EndReason, ConferenceEndReason>> = {
  'conference-ended-via-api': ConferenceEndReason.ENDED_VIA_API,
  'daemon-restarted': ConferenceEndReason.DAEMON_RESTARTED,
  'last-participant-left': ConferenceEndReason.LAST_PARTICIPANT_LEFT,
  'last-participant-kicked': ConferenceEndReason.LAST_PARTICIPANT_KICKED,
  'participant-with-end-conference-on-exit-left': ConferenceEndReason.PARTICIPANT_WITH_END_CONFERENCE_ON_EXIT_LEFT,
  'participant-with-end-conference-on-exit-kicked': ConferenceEndReason.PARTICIPANT_WITH_END_CONFERENCE_ON_EXIT_KICKED,
};

/** Filters of CONTRACT §7.3; faults go to the findings. */
export function readConferenceFilter(request: ListConferencesRequest, findings: Findings): ConferenceFilter {
  return {
    room: readRoom(request.roomName, findings),
    status: readStatus(request.status, findings),
    createdFromMs: readTimestamp(request.createdFrom, 'created_from', findings),
    createdUntilMs: lastBefore(readTimestamp(request.createdUntil, 'created_until', findings)),
    updatedFromMs: readTimestamp(request.updatedFrom, 'updated_from', findings),
    updatedUntilMs: lastBefore(readTimestamp(request.updatedUntil, 'updated_until', findings)),
  };
}

function readRoom(text: string | undefined, findings: Findings): ConferenceFilter['room'] {
  if (text === undefined) return null;
  const room = parseRoomName(text);
  if (room === null) {
    findings.violate('room_name', `must have 1 to ${roomNameCharactersMax} characters after trimming`, 13237);
  }
  return room;
}

function readStatus(status: ConferenceStatus, findings: Findings): ConferenceFilter['status'] {
  switch (status) {
    case ConferenceStatus.UNSPECIFIED:
      return null;
    case ConferenceStatus.INIT:
      return 'init';
    case ConferenceStatus.IN_PROGRESS:
      return 'in-progress';
    case ConferenceStatus.COMPLETED:
      return 'completed';
    default:
      findings.violate('status', 'must be a known status');
      return null;
  }
}
