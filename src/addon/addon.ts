/** The one place where the native addon is loaded, and its whole surface. Everything else crosses in the arena. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export type NativeAddon = {
  /** What this binary was generated from (engine-layout.ts); compared before an arena is used. */
  layout(): { readonly version: number; readonly checksum: number };
  /** SIMD targets of this CPU, best first; the first is used. */
  simdTargets(): readonly string[];
  /**
   * Binds a non-blocking UDP socket on a literal IPv4 or IPv6 address. Returns the descriptor, or a negative errno.
   * Port 0 lets the kernel choose.
   */
  bindUdp(address: string, port: number, receiveBufferBytes: number): number;
  /** Port a descriptor of bindUdp is bound to. */
  udpPort(descriptor: number): number;
  closeUdp(descriptor: number): void;
  /** The ends of a pipe, to read and to write, that blocks nobody. Throws when there is no descriptor left. */
  openPipe(): readonly [number, number];
  /**
   * Makes an SRTP session in the table of the process: `suite` by its number (native/rtp/srtp_suite.h), each key with
   * its salt behind it. Returns its id, or 0 when the table is full. Throws a TypeError for keys that the suite does
   * not have, or that are equal. The arrays are not kept. Control thread only.
   */
  makeSrtpSession(
    suite: number,
    inboundKey: Uint8Array,
    outboundKey: Uint8Array,
    inboundKeyId: number,
    inboundKeyIdBytes: number,
  ): number;
  /** Destroys a session and its keys; nothing when there is none of this id. No engine may use it any more. */
  removeSrtpSession(id: number): void;
  /** Lets another engine take a session as it is; nothing when there is none of this id. No engine may use it now. */
  offerSrtpSession(id: number): void;
  /**
   * Puts a clip into the table of the process: `memory` as wholeClip or streamClip of media/clip-memory.ts made it, all
   * of it, kept alive until it is removed. Returns its id, or 0 when the table is full. Throws a TypeError for memory
   * that is no clip. Control thread only.
   */
  addClip(memory: Uint8Array<SharedArrayBuffer>): number;
  /** Nothing when there is none of this id. No engine may play it any more, or be told to. */
  removeClip(id: number): void;
  /**
   * Bytes that a shard of this arena takes in all, by memoryParts of engine-layout.ts; nothing is taken by asking.
   * Throws a TypeError for an arena whose header is not what `layout` says.
   */
  shardMemory(arena: Uint8Array): readonly number[];
  /**
   * Puts a recording ring into the table of the process: `memory` as media/recording-memory.ts made it, all of it, kept
   * alive until it is removed. Returns its id, or 0 when the table is full. Throws a TypeError for memory that is no
   * ring. Control thread only.
   */
  addRing(memory: Uint8Array<SharedArrayBuffer>): number;
  /** Nothing when there is none of this id. No engine may write to it any more, or be told to. */
  removeRing(id: number): void;
  /**
   * Makes the memory of a room that spans shards, for 2 to 8 members of up to `legsMax` legs each, and puts it into the
   * table of the process. Returns its id, or 0 when the table is full. Control thread only.
   */
  addSpan(members: number, legsMax: number): number;
  /** A member whose engine runs no more is waited for no more. */
  leaveSpan(id: number, member: number): void;
  /** Nothing when there is none of this id. No engine may have a room in it any more, or be told to. */
  removeSpan(id: number): void;
  /** Errno of trying to put this thread under SCHED_FIFO and back; 0 when permitted. */
  probeRealtime(): number;
  /** Blocks of malloc from 128 KiB on are gone when they are freed. Of the whole process, once, at the start. */
  keepLargeBlocksApart(): void;
  /** Gives the system what malloc holds of the process and nobody uses: some milliseconds. Any thread. */
  trimHeap(): void;
  /**
   * Runs a shard on this thread until the control block says stop. `arena` is laid out by the control thread.
   * Throws a TypeError for an arena whose header is not what `layout` says.
   */
  runShard(arena: Uint8Array, options: ShardOptions): void;
};

export type ShardOptions = {
  /** SCHED_FIFO priority, 1 to 99; 0 leaves the thread as it is. */
  readonly realtimePriority: number;
  /** Descriptor that is written a byte to when the control thread is to look for events; stays the caller's. */
  readonly bell: number;
};

/** What the thread of a shard is given to do: one endless task. */
export type ShardTask = {
  /** A view of the shard's arena, laid out by the control thread. */
  readonly arena: Uint8Array<SharedArrayBuffer>;
  readonly options: ShardOptions;
};

const require = createRequire(import.meta.url);

/** Safe to call in any number of threads; each gets its own instance of the same code. */
export function loadAddon(): NativeAddon {
  return require(fileURLToPath(new URL('../../build/release/parley.node', import.meta.url))) as NativeAddon;
}
