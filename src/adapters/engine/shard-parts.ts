/** What the control thread's side of a shard is given, and what it keeps of each slot in use. */
import type { Clock, Logger, Random } from '../../base/ports.js';
import type { Lane, ShardId } from '../../media/engine-port.js';
import type { CodedLeg } from '../../media/leg-load.js';
import type { RoomRateHz } from '../../media/room-rate.js';
import type { Arena } from './arena.js';
import type { Clips } from './clips.js';
import type { RingTable } from './recorders.js';
import type { RtpSocketPair, RtpSockets } from './rtp-sockets.js';
import type { Slot } from './slots.js';
import type { LegSrtp, SrtpSessions } from './srtp-sessions.js';
import type { VoiceSettings } from './voice-records.js';

/** What a shard is made of. */
export type ShardParts = VoiceSettings & {
  readonly id: ShardId;
  readonly arena: Arena;
  readonly sockets: RtpSockets;
  readonly srtp: SrtpSessions;
  /** Of all shards. */
  readonly clips: Clips;
  readonly rings: RingTable;
  /** Literal address put into SDP answers. */
  readonly advertisedHost: string;
  /** Silence of a peer after which it may go on from another address; 0: never. */
  readonly relatchMs: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly random: Random;
  readonly logger: Logger;
};

/** A leg slot in use. */
export type LegUse = {
  readonly slot: Slot;
  /** Null for a leg of frames, which has a lane. */
  readonly sockets: RtpSocketPair | null;
  readonly laneSlot: Slot | null;
  readonly srtp: LegSrtp;
  /** Has what the engine lends to few: see needsLoan. */
  borrows: boolean;
  /** By which it is expected to cost what it does. */
  coded: CodedLeg;
  /** Null for RTP, and outside the time from opening to closing. */
  lane: Lane | null;
  /** Keys and waits given to the engine to send, wrapping at 2^32 as its own count does. */
  digitsGiven: number;
  /** `leaving`: closed here, to go on in another shard. */
  state: 'reserved' | 'open' | 'closing' | 'leaving';
};
/** A room slot in use, the quarter of the frame the room is mixed in, and its rate once it is open. */
export type RoomUse = { readonly slot: Slot; readonly phase: number; rateHz: RoomRateHz | null };
