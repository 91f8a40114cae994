/** `parley drain`: no new conferences, while those there are go on. */
import { setTimeout as delay } from 'node:timers/promises';
import { AdminService, type Drain } from '../../gen/parley/v1/admin_service_pb.js';
import { type ConnectionOptions, type Write, withDaemon } from './connection.js';

const { drain, undrain, getDrain } = AdminService.method;

/** How often it is looked at what is left. */
const lookMs = 1000;

export type DrainOptions = ConnectionOptions & {
  /** Seconds until what is left is ended; left out: never. */
  readonly within?: number;
  /** Returns when nothing is left. */
  readonly wait: boolean;
};

export const begin = (options: DrainOptions, write: Write): Promise<boolean> =>
  withDaemon(options, async (client) => {
    let { drain: left } = await client.call(drain, { withinSeconds: options.within });
    say(left, write);
    while (options.wait && left !== undefined && left.calls + left.conferences > 0 && left.draining) {
      await delay(lookMs);
      const before = [left.calls, left.conferences].join();
      ({ drain: left } = await client.call(getDrain, {}));
      if ([left?.calls, left?.conferences].join() !== before) write(lineOf(left));
    }
  });

export const cancel = (options: ConnectionOptions, write: Write): Promise<boolean> =>
  withDaemon(options, async (client) => {
    await client.call(undrain, {});
    write('takes new conferences again');
  });

export const show = (options: ConnectionOptions, write: Write): Promise<boolean> =>
  withDaemon(options, async (client) => {
    say((await client.call(getDrain, {})).drain, write);
  });

function say(left: Drain | undefined, write: Write): void {
  write(lineOf(left));
  for (const { accountSid, conferenceSid, participants, friendlyName } of left?.oldest ?? []) {
    write([accountSid, conferenceSid, `${participants} in it`, friendlyName].join('  '));
  }
}

function lineOf(left: Drain | undefined): string {
  const { draining = false, goingDown = false, calls = 0, conferences = 0, deadline } = left ?? {};
  const state = goingDown ? 'goes down' : draining ? 'draining' : 'not draining';
  const until =
    deadline === undefined ? '' : `, until ${new Date(Number(deadline.seconds) * 1000).toISOString()} at most`;
  return `${state}: ${conferences} conferences, ${calls} calls left${until}`;
}
