/**
 * `kill -9` under load, at random moments and at the very moment of a reply. PARLEY_CRASHES says how often (5),
 * PARLEY_CRASH_SEED repeats the moments and the moods of the receivers, though not what the machine makes of them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DaemonProcess, startDaemon } from '../../src/cli/daemon-process.js';
import { ApiClient } from '../../src/client/api-client.js';
import { EventService } from '../../src/gen/parley/v1/event_service_pb.js';
import { seededChance } from '../support/chance.js';
import { CrashLedger } from '../support/crash-ledger.js';
import { slowDisk } from '../support/disk.js';
import { MoodyReceiver } from '../support/moody-receiver.js';
import { complaints } from '../support/told.js';
import { TripWire } from '../support/trip-wire.js';

const crashes = Number(process.env.PARLEY_CRASHES ?? 5);
const seed = Number(process.env.PARLEY_CRASH_SEED ?? Date.now() % 1_000_000);
const chance = seededChance(seed);
const roomsAtOnce = 8;
/** Of the crashes: those at the moment of a reply, the others at any. */
const repliesShare = 0.8;

let folder: string;
let receivers: readonly MoodyReceiver[];
let disk: Readonly<Record<string, string>>;
let wire: TripWire;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-crashes-'));
  disk = slowDisk(folder);
  wire = await TripWire.start();
  receivers = await Promise.all(Array.from({ length: 4 }, () => MoodyReceiver.start(chance)));
});
afterAll(async () => {
  wire.close();
  for (const receiver of receivers) await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (): Promise<DaemonProcess> =>
  startDaemon({ ...disk, PARLEY_DATA_DIR: join(folder, 'data'), PARLEY_LOG_LEVEL: 'warn', PARLEY_SHARDS: '1' });

async function queued({ httpUrl }: DaemonProcess): Promise<number> {
  const metrics = await (await fetch(`${httpUrl}/metrics`)).text();
  return Number(/^parley_callbacks_queued (\d+)/m.exec(metrics)?.[1] ?? Number.NaN);
}

/** Cursors of all that happened, as EventService tells it. */
async function cursors({ grpcAddress }: DaemonProcess): Promise<readonly bigint[]> {
  const client = new ApiClient(grpcAddress, null);
  const newest = client.watch(EventService.method.watchEvents, {});
  const last = await new Promise<bigint>((resolve) => {
    newest.on('data', ({ message }) => resolve(message.value.cursor));
    newest.on('error', () => {});
  });
  newest.cancel();
  const seen: bigint[] = [];
  const all = client.watch(EventService.method.watchEvents, { cursor: 0n });
  await new Promise<void>((resolve) => {
    all.on('error', () => {});
    all.on('data', ({ message }) => {
      if (message.case === 'event') seen.push(message.value.cursor);
      if (seen.at(-1) === last) resolve();
    });
  });
  all.cancel();
  client.close();
  return seen;
}

describe('a daemon that is killed', () => {
  it(
    `${crashes} times under load has told of all it accepted, in order, and of nothing else (seed ${seed})`,
    async () => {
      const ledger = new CrashLedger();
      for (let crash = 0; crash < crashes; crash += 1) {
        const daemon = await start();
        const address = await wire.lead(daemon.grpcAddress, daemon.pid);
        let isAlive = true;
        const load = Array.from({ length: roomsAtOnce }, async (_, lane) => {
          for (let turn = 0; isAlive; turn += 1) {
            const url = receivers[lane % receivers.length]?.url() ?? '';
            await ledger.play(address, `Zürich ${crash}.${lane}.${turn}`, url, chance);
          }
        });
        await delay(300 + chance() * 1700);
        // Most in the moment in which somebody was told that it is done: then it must be on the disk.
        if (chance() < repliesShare) await wire.arm();
        await daemon.kill();
        isAlive = false;
        await Promise.all(load);
      }
      expect(ledger.accepted.length).toBeGreaterThan(10 * crashes);
      expect(ledger.lost).toBeGreaterThan(0);

      for (const receiver of receivers) receiver.badShare = 0;
      const last = await start();
      const endsAtMs = performance.now() + 60_000 + 1000 * crashes;
      while ((await queued(last)) > 0 && performance.now() < endsAtMs) await delay(100);
      expect(await queued(last)).toBe(0);
      const seen = await cursors(last);
      expect(seen).toEqual(seen.map((_, index) => BigInt(index + 1)));
      await last.stop();
      const told = receivers.flatMap(({ arrivals }) => arrivals);
      expect(complaints(ledger, told).slice(0, 10)).toEqual([]);
    },
    120_000 + crashes * 15_000,
  );
});
