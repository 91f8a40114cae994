/** What the doctor looks at: the facts of this machine, read once and judged elsewhere. */
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { createArena } from '../../adapters/engine/arena.js';
import { type ShardLimits, type ShardMemory, shardMemory, withRings } from '../../adapters/engine/shard-memory.js';
import { loadAddon, type NativeAddon } from '../../addon/addon.js';
import { messageOf } from '../../base/thrown.js';
import { layoutChecksum } from '../../media/engine-layout-offsets.js';

/** Null stands for what this machine does not tell. */
export type Machine = {
  readonly nodeVersion: string;
  readonly cores: number;
  readonly addon: AddonFacts;
  /** Largest receive buffer a socket may ask for, bytes. */
  readonly receiveBufferBytesMax: number | null;
  readonly openFilesMax: number | null;
  readonly clockSource: string | null;
  /** Power policy of the first core. */
  readonly frequencyGovernor: string | null;
  readonly memoryBytes: number;
  /** Ports the kernel gives to whoever asks for any. */
  readonly ephemeralPorts: { readonly first: number; readonly last: number } | null;
};

export type AddonFacts =
  | { readonly kind: 'not-loaded'; readonly reason: string }
  | {
      readonly kind: 'loaded';
      readonly layout: { readonly version: number; readonly checksum: number };
      readonly simdTargets: readonly string[];
      /** 0 when a shard may run under SCHED_FIFO. */
      readonly realtimeErrno: number;
      /** What a shard of these limits takes; null when the addon was built from other sources. */
      readonly memory: ShardMemory | null;
      /** Ports of the RTP range that somebody else holds. */
      readonly portsTaken: readonly number[];
    };

export type RtpRange = { readonly host: string; readonly first: number; readonly last: number };

/** The smallest buffer: the port is asked for, never used. */
const probeBufferBytes = 4096;

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function readNumber(path: string): number | null {
  const text = readText(path);
  return text === null ? null : Number(text);
}

function openFilesMax(): number | null {
  const limit = /^Max open files\s+(\d+)/m.exec(readText('/proc/self/limits') ?? '')?.[1];
  return limit === undefined ? null : Number(limit);
}

function ephemeralPorts(): Machine['ephemeralPorts'] {
  const [, first, last] = /^(\d+)\s+(\d+)$/.exec(readText('/proc/sys/net/ipv4/ip_local_port_range') ?? '') ?? [];
  return first === undefined || last === undefined ? null : { first: Number(first), last: Number(last) };
}

function portsTaken(addon: NativeAddon, { host, first, last }: RtpRange): readonly number[] {
  const taken: number[] = [];
  for (let port = first; port <= last && first > 0; port++) {
    const descriptor = addon.bindUdp(host, port, probeBufferBytes);
    if (descriptor >= 0) addon.closeUdp(descriptor);
    else taken.push(port);
  }
  return taken;
}

function addonFacts({ rtp, limits }: Plans): AddonFacts {
  try {
    const addon = loadAddon();
    return {
      kind: 'loaded',
      layout: addon.layout(),
      simdTargets: addon.simdTargets(),
      realtimeErrno: addon.probeRealtime(),
      memory: addon.layout().checksum === layoutChecksum() ? shardMemory(addon, createArena(withRings(limits))) : null,
      portsTaken: portsTaken(addon, rtp),
    };
  } catch (error) {
    return { kind: 'not-loaded', reason: messageOf(error) };
  }
}

/** What the daemon would be started with. */
export type Plans = { readonly rtp: RtpRange; readonly limits: ShardLimits };

export function examineMachine(plans: Plans): Machine {
  return {
    nodeVersion: process.versions.node,
    cores: availableParallelism(),
    addon: addonFacts(plans),
    memoryBytes: totalmem(),
    receiveBufferBytesMax: readNumber('/proc/sys/net/core/rmem_max'),
    openFilesMax: openFilesMax(),
    clockSource: readText('/sys/devices/system/clocksource/clocksource0/current_clocksource'),
    frequencyGovernor: readText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    ephemeralPorts: ephemeralPorts(),
  };
}
