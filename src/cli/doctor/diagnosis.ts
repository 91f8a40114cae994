/** What the facts of a machine mean for audio, and what to do about each that is not as it should be. */
import { memoryBytes, memoryEntries, type ShardMemory } from '../../adapters/engine/shard-memory.js';
import type { Machine, RtpRange } from './machine.js';

/** `good` needs nothing; `poor` costs quality or capacity; `bad` keeps Parley from working. */
export type Finding =
  | { readonly state: 'good'; readonly subject: string; readonly says: string }
  | { readonly state: 'poor' | 'bad'; readonly subject: string; readonly says: string; readonly remedy: string };

export type Expectations = {
  readonly layout: { readonly version: number; readonly checksum: number };
  readonly rtp: RtpRange;
  /** What the daemon asks for, for each RTP socket. */
  readonly receiveBufferBytes: number;
  /** Legs the daemon is set up for; an RTP leg holds two descriptors. */
  readonly legsMax: number;
  readonly shards: number;
};

/** Descriptors for everything that is not a leg: gRPC and HTTP connections, files, pipes. */
const otherDescriptors = 1024;

const vectorTargets = /AVX|NEON|SVE|RVV|PPC|WASM|Z1[45]/;

const good = (subject: string, says: string): Finding => ({ state: 'good', subject, says });

function nodeVersion({ nodeVersion: version }: Machine): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return good('Node', version);
  return { state: 'bad', subject: 'Node', says: version, remedy: 'install Node 20.19 or newer' };
}

function cores({ cores: count }: Machine): Finding {
  if (count >= 2) return good('CPU cores', `${count}`);
  const remedy = 'give the machine a second core: the control plane and the one shard share this one';
  return { state: 'poor', subject: 'CPU cores', says: `${count}`, remedy };
}

function addonOf(machine: Machine, expectations: Expectations): readonly Finding[] {
  const { addon } = machine;
  const { layout, rtp } = expectations;
  if (addon.kind === 'not-loaded') {
    return [{ state: 'bad', subject: 'engine', says: addon.reason.split('\n')[0] ?? '', remedy: 'run: make build' }];
  }
  const matches = addon.layout.version === layout.version && addon.layout.checksum === layout.checksum;
  return [
    matches
      ? good('engine', `loads; arena layout ${layout.version}`)
      : { state: 'bad', subject: 'engine', says: 'was built from other sources', remedy: 'run: make build' },
    simd(addon.simdTargets),
    realtime(addon.realtimeErrno),
    ...(addon.memory === null ? [] : [memory(addon.memory, machine, expectations)]),
    ports(addon.portsTaken, rtp),
  ];
}

/** Taken whole at the start, and never more: too much for the machine is known beforehand. */
function memory(parts: ShardMemory, of: Machine, { shards }: Expectations): Finding {
  const subject = 'memory';
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  const all = memoryBytes(parts) * shards;
  const largest = [...memoryEntries(parts)].sort(([, a], [, b]) => b - a).filter(([, bytes]) => bytes >= 2 ** 19);
  const items = largest.map(([part, bytes]) => `${part} ${mebibytes(bytes)}`).join(', ');
  const says = `${mebibytes(memoryBytes(parts))} for each of ${shards} shards: ${items}`;
  if (all * 2 <= of.memoryBytes) return good(subject, says);
  const remedy = `the machine has ${mebibytes(of.memoryBytes)}: lower PARLEY_LEGS_PER_SHARD or PARLEY_SHARDS`;
  return { state: all > of.memoryBytes ? 'bad' : 'poor', subject, says, remedy };
}

function simd(targets: readonly string[]): Finding {
  const [best = 'none'] = targets;
  if (vectorTargets.test(best)) return good('SIMD', `${best} (of ${targets.join(', ')})`);
  const remedy =
    'mixing takes several times the CPU here; a CPU with AVX2 or NEON, or a hypervisor that shows it, helps';
  return { state: 'poor', subject: 'SIMD', says: `only ${best}`, remedy };
}

function realtime(errno: number): Finding {
  const subject = 'real-time scheduling';
  if (errno === 0) return good(subject, 'permitted');
  return {
    state: 'poor',
    subject,
    says: `not permitted (errno ${errno}): under load, frames will be late`,
    remedy:
      'systemd: LimitRTPRIO=20 in the unit; Docker: --ulimit rtprio=20; ' +
      'a shell: echo "$USER - rtprio 20" | sudo tee /etc/security/limits.d/parley.conf, and log in again',
  };
}

function ports(taken: readonly number[], { first, last }: RtpRange): Finding {
  const subject = 'RTP ports';
  if (first === 0) return good(subject, 'chosen by the kernel');
  const count = last - first + 1;
  if (taken.length === 0) return good(subject, `${first} to ${last} are free`);
  const some = `${taken.slice(0, 5).join(', ')}${taken.length > 5 ? ', …' : ''}`;
  const says = `${taken.length} of ${count} are taken (${some})`;
  const remedy = 'see who holds them: ss -ulpn; or give Parley another range: PARLEY_RTP_PORTS';
  return { state: taken.length * 2 > count ? 'bad' : 'poor', subject, says, remedy };
}

function ephemeral({ ephemeralPorts }: Machine, { rtp }: Expectations): readonly Finding[] {
  if (ephemeralPorts === null || rtp.first === 0) return [];
  const { first, last } = ephemeralPorts;
  if (last < rtp.first || first > rtp.last) return [];
  return [
    {
      state: 'poor',
      subject: 'RTP ports',
      says: `lie among those the kernel lends to anybody (${first} to ${last})`,
      remedy: `sudo sysctl -w net.ipv4.ip_local_reserved_ports=${rtp.first}-${rtp.last}`,
    },
  ];
}

function receiveBuffers({ receiveBufferBytesMax: max }: Machine, { receiveBufferBytes }: Expectations): Finding {
  const subject = 'UDP buffers';
  if (max === null) return good(subject, 'the machine does not tell');
  if (max >= receiveBufferBytes) return good(subject, `up to ${Math.floor(max / 1024)} KiB a socket`);
  return {
    state: 'poor',
    subject,
    says: `at most ${Math.floor(max / 1024)} KiB a socket: a stall of the machine loses packets`,
    remedy: `sudo sysctl -w net.core.rmem_max=${receiveBufferBytes * 4}`,
  };
}

function openFiles({ openFilesMax: max }: Machine, { legsMax }: Expectations): Finding {
  const subject = 'open files';
  const wanted = legsMax * 2 + otherDescriptors;
  if (max === null || max >= wanted) return good(subject, `${max ?? 'no limit known'}`);
  const remedy = `ulimit -n ${wanted}; systemd: LimitNOFILE=${wanted}`;
  return {
    state: 'poor',
    subject,
    says: `${max}: enough for ${Math.floor((max - otherDescriptors) / 2)} legs`,
    remedy,
  };
}

function clockSource({ clockSource: source }: Machine): Finding {
  const subject = 'clock';
  if (source === null || !/hpet|acpi_pm|jiffies|refined/.test(source)) return good(subject, source ?? 'unknown source');
  const remedy = 'reading it is slow and coarse: boot with clocksource=tsc, or ask the hypervisor for a stable one';
  return { state: 'poor', subject, says: source, remedy };
}

function governor({ frequencyGovernor }: Machine): readonly Finding[] {
  if (frequencyGovernor !== 'powersave') return [];
  const remedy = 'cpupower frequency-set -g performance';
  return [{ state: 'poor', subject: 'CPU frequency', says: 'powersave: ticks start on a slow core', remedy }];
}

export function diagnose(machine: Machine, expectations: Expectations): readonly Finding[] {
  return [
    nodeVersion(machine),
    cores(machine),
    ...addonOf(machine, expectations),
    ...ephemeral(machine, expectations),
    receiveBuffers(machine, expectations),
    openFiles(machine, expectations),
    clockSource(machine),
    ...governor(machine),
  ];
}
