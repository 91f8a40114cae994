/** What the page shows, made of what there is: pure, and bounded whatever there is. */
import type { LiveLeg, LiveRecording } from '../../app/status/live-rooms.js';
import type { LiveConference, Participant } from '../../conference/state.js';
import type { LegMedia, ShardView } from '../../media/engine-port.js';
import { legQuality } from '../../media/leg-quality.js';
import type { LegStatistics } from '../../media/leg-statistics.js';
import type {
  ConferenceList,
  ConferencePicture,
  DaemonPicture,
  ParticipantPicture,
  Quality,
  RoomPicture,
  ShardPicture,
} from './wire.js';

/** Of more conferences the newest are shown. */
export const conferencesShownMax = 200;

/** A frame of a leg. */
const frameMs = 20;

export type NameOf = (conference: LiveConference) => string | null;

export const listOf = (conferences: readonly LiveConference[], accountOf: NameOf): ConferenceList => {
  const newestFirst = [...conferences].sort((a, b) => b.createdAtMs - a.createdAtMs);
  const shown = newestFirst.slice(0, conferencesShownMax);
  return { shown: shown.map((each) => conferencePicture(each, accountOf)), more: conferences.length - shown.length };
};

const conferencePicture = (conference: LiveConference, accountOf: NameOf): ConferencePicture => ({
  sid: conference.conferenceSid,
  room: conference.room,
  account: accountOf(conference),
  isStarted: conference.phase === 'in-progress',
  participants: conference.participants.size,
  createdAtMs: conference.createdAtMs,
});

export type RoomFacts = {
  readonly conference: LiveConference;
  readonly version: number;
  readonly account: string | null;
  readonly recording: LiveRecording;
  readonly shown: readonly Participant[];
  readonly mediaOf: (participant: Participant) => LegMedia | null;
};

export const roomPicture = ({ conference, version, account, recording, shown, mediaOf }: RoomFacts): RoomPicture => ({
  version,
  sid: conference.conferenceSid,
  room: conference.room,
  account,
  isStarted: conference.phase === 'in-progress',
  createdAtMs: conference.createdAtMs,
  startedAtMs: conference.phase === 'in-progress' ? conference.startedAtMs : null,
  recording,
  participants: shown.map((participant) => participantPicture(participant, mediaOf(participant))),
  more: conference.participants.size - shown.length,
});

function participantPicture(participant: Participant, media: LegMedia | null): ParticipantPicture {
  const { from, to, direction } = participant.call;
  const other = direction === 'inbound' ? from : to;
  return {
    callSid: participant.callSid,
    name: participant.label ?? (other.trim() === '' ? participant.callSid : other),
    from,
    to,
    muted: participant.muted,
    held: participant.hold !== null,
    coaching: participant.coaching !== null,
    endsOnExit: participant.endConferenceOnExit,
    joinedAtMs: participant.joinedAtMs,
    coding: media === null ? '' : codingOf(media),
    isSecured: media?.transport === 'rtp' && media.security.kind === 'srtp',
  };
}

const codecNames: Readonly<Record<string, string>> = {
  pcmu: 'PCMU',
  pcma: 'PCMA',
  g722: 'G.722',
  opus: 'Opus',
  linear16: 'L16',
};

function codingOf({ codec, rateHz, transport }: LegMedia): string {
  const name = codecNames[codec] ?? 'L16';
  return `${name} ${rateHz / 1000} kHz${transport === 'lane' ? ' over gRPC' : ''}`;
}

/** `before`: at an earlier look, `sinceMs` ago. */
export function qualityOf({ media, statistics }: LiveLeg, before: LegStatistics, sinceMs: number): Quality | null {
  if (media.transport !== 'rtp') return null;
  const { mos, lossRatio } = legQuality(statistics, before);
  const came = statistics.packetsReceived > before.packetsReceived;
  const concealed = Math.max(0, statistics.framesConcealed - before.framesConcealed);
  return {
    mos: came ? rounded(mos, 2) : null,
    loss: rounded(lossRatio, 4),
    concealed: rounded(Math.min(1, concealed / Math.max(1, sinceMs / frameMs)), 4),
    jitterMs: rounded(statistics.jitterMs, 1),
    playoutMs: rounded(statistics.playoutDelayMs, 0),
    roundTripMs: statistics.roundTripMs === null ? null : rounded(statistics.roundTripMs, 1),
  };
}

export type DaemonFacts = Omit<DaemonPicture, 'shards'> & { readonly shards: readonly ShardView[] };

export const daemonPicture = ({ shards, callbacks, ...facts }: DaemonFacts): DaemonPicture => ({
  ...facts,
  shards: shards.map(shardPicture),
  callbacks: { ...callbacks, oldestSeconds: Math.round(callbacks.oldestSeconds) },
});

const shardPicture = ({ shard, alive, tickLoad, legs, legsMax, rooms, ...rest }: ShardView): ShardPicture => ({
  id: shard,
  isAlive: alive,
  load: rounded(tickLoad, 3),
  ...{ legs, legsMax, rooms },
  overruns: Number(rest.stats.ticks_overrun ?? 0),
  isRealtime: rest.realtimeScheduling,
});

function rounded(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
