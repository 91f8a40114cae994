/** What the engine that mixes nothing keeps of legs, players and recorders. */
import type {
  ClipId,
  LegId,
  LegMedia,
  LegRoute,
  MixRoomId,
  RecorderMode,
  RecorderSource,
} from '../../src/media/engine-port.js';

export type FakePlayer = {
  readonly shard: number;
  /** Null while reserved. */
  clip: ClipId | null;
  loops: number;
  room: MixRoomId | null;
  except: LegId | null;
  hasEnded: boolean;
};
/** `opened`: null while reserved. */
export type FakeRecorder = {
  readonly shard: number;
  readonly memory: SharedArrayBuffer;
  opened: { readonly room: MixRoomId; readonly source: RecorderSource; mode: RecorderMode } | null;
};
export type FakeLeg = { shard: number; readonly port: number | null; media: LegMedia | null; route: LegRoute | null };
