/**
 * What the daemon sends to the page, which is compiled against these types, too: types alone, so that nothing of the
 * daemon is in what browsers load. Instants are wall clock, ms since 1970; levels dBov, 0 (loudest) to 127 (silence).
 */

/** Who looks. A visitor has shown no token, and is shown how the daemon is and nothing of any account. */
export type Viewer = {
  readonly kind: 'visitor' | 'account' | 'operator';
  /** Of the account. */
  readonly name: string | null;
  readonly version: string;
};

export type ShardPicture = {
  readonly id: number;
  readonly isAlive: boolean;
  /** Share of its 5 ms that a tick works, moving average. */
  readonly load: number;
  readonly legs: number;
  readonly legsMax: number;
  readonly rooms: number;
  /** Ticks that took longer than they may, since the start. */
  readonly overruns: number;
  readonly isRealtime: boolean;
};

export type DaemonPicture = {
  readonly isDraining: boolean;
  readonly isStoreWell: boolean;
  readonly conferences: number;
  readonly legs: number;
  /** That could still be taken. */
  readonly legsFree: number;
  /** Share of a tick beyond which a shard takes no newcomer. */
  readonly loadMax: number;
  readonly shards: readonly ShardPicture[];
  readonly callbacks: {
    readonly queued: number;
    /** Age of the oldest, seconds. */
    readonly oldestSeconds: number;
    readonly receiversUnreachable: number;
  };
};

export type ConferencePicture = {
  readonly sid: string;
  readonly room: string;
  /** Null where there is but one account to see. */
  readonly account: string | null;
  readonly isStarted: boolean;
  readonly participants: number;
  readonly createdAtMs: number;
};

export type ConferenceList = {
  readonly shown: readonly ConferencePicture[];
  /** How many more there are. */
  readonly more: number;
};

export type ParticipantPicture = {
  readonly callSid: string;
  /** Its label, else who called or was called. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly muted: boolean;
  readonly held: boolean;
  readonly coaching: boolean;
  readonly endsOnExit: boolean;
  readonly joinedAtMs: number;
  /** Such as `Opus 48 kHz`. */
  readonly coding: string;
  readonly isSecured: boolean;
};

export type RoomPicture = {
  /** Grows by one with each picture of the room. */
  readonly version: number;
  readonly sid: string;
  readonly room: string;
  readonly account: string | null;
  readonly isStarted: boolean;
  readonly createdAtMs: number;
  readonly startedAtMs: number | null;
  readonly recording: 'none' | 'in-progress' | 'paused';
  readonly participants: readonly ParticipantPicture[];
  /** How many more there are: of many, those who spoke last are shown. */
  readonly more: number;
};

/** Of all participants of a picture, in their order, ten times a second. */
export type Levels = {
  readonly version: number;
  /** What each gives to the mix. */
  readonly levels: readonly number[];
  /** One digit each: 1 while somebody speaks. */
  readonly speaking: string;
};

/** Of the last five to ten seconds. */
export type Quality = {
  /** Opinion score, 1 (bad) to 4.41 (ITU-T G.107); null while nothing came. */
  readonly mos: number | null;
  /** Share of its packets that were lost, or too late to be played. */
  readonly loss: number;
  /** Share of its frames that had to be made up. */
  readonly concealed: number;
  readonly jitterMs: number;
  readonly playoutMs: number;
  readonly roundTripMs: number | null;
};

/** Of all participants of a picture, in their order; null for one whose audio comes over gRPC. */
export type Qualities = { readonly version: number; readonly legs: readonly (Quality | null)[] };

/** Events of the stream by their names. */
export type LiveEvents = {
  readonly viewer: Viewer;
  readonly daemon: DaemonPicture;
  readonly conferences: ConferenceList;
  readonly room: RoomPicture;
  /** The room that was asked for is over, or is not there for this viewer. */
  readonly gone: { readonly sid: string };
  readonly levels: Levels;
  readonly quality: Qualities;
};
export type LiveEventName = keyof LiveEvents;

/** What an authorised viewer may have done. */
export type Action =
  | {
      readonly do: 'mute' | 'unmute' | 'hold' | 'resume' | 'remove';
      readonly conference: string;
      readonly call: string;
    }
  | {
      readonly do: 'announce';
      readonly conference: string;
      /** Left out: to all. */
      readonly call?: string;
      readonly url: string;
    }
  | { readonly do: 'record' | 'stop-recording'; readonly conference: string };

/** Of a request that was refused. */
export type RefusedAnswer = { readonly message: string };
