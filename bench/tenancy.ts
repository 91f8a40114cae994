/**
 * Whether time tells an account what another one has: somebody with credentials of their own asks a live daemon, over a
 * kept connection, for sids that are another account's and for sids that never were, pair by pair and in either order.
 * Were both answered by the same work, each would be the slower one half of the time.
 *
 *   tsx bench/tenancy.ts [--pairs 4000] [--conferences 50]
 *
 * Told are the medians of both, the median of the differences, and the share of pairs in which what is there took
 * longer. Fails when that share is further from one half than chance explains: five standard deviations, and
 * at least `shareBound`, since a machine has habits. Needs `make build`.
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { startDaemon } from '../src/cli/daemon-process.js';
import { ApiClient } from '../src/client/api-client.js';
import { MediaEncoding } from '../src/gen/parley/v1/call_pb.js';
import { CallService } from '../src/gen/parley/v1/call_service_pb.js';
import { median } from './support/quantile.js';

const accountOf = (digit: string) => ({
  sid: `${digit.repeat(8)}-0000-4000-8000-000000000001`,
  name: `account ${digit}`,
  tokens: [`a-token-that-is-long-enough-${digit}`],
  signingKeys: ['key'],
});
const [first, second] = [accountOf('a'), accountOf('b')];
const shareBound = 0.05;

/** What the second account asks for, of the conference and call given. */
const kinds: Readonly<Record<string, (conference: string, call: string) => string>> = {
  'GET conference': (conference) => `Conferences/${conference}`,
  'GET participants': (conference) => `Conferences/${conference}/Participants`,
  'GET participant': (conference, call) => `Conferences/${conference}/Participants/${call}`,
  'GET call': (_conference, call) => `Calls/${call}`,
};

type Sids = { readonly conference: string; readonly call: string };

async function conferencesOf(grpcAddress: string, count: number): Promise<readonly Sids[]> {
  const client = new ApiClient(grpcAddress, first.tokens[0] ?? null);
  const media = { case: 'grpc', value: { encoding: MediaEncoding.PCMU, sampleRateHz: 8000 } } as const;
  const made: Sids[] = [];
  for (let index = 0; index < count; index += 1) {
    const conference = { roomName: `room ${index}`, waitUrl: '' };
    const instruction = { case: 'dial', value: { conference } } as const;
    const { callSid, conferenceSid } = await client.call(CallService.method.dial, { instruction, media });
    made.push({ conference: conferenceSid, call: callSid });
  }
  client.close();
  return made;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { pairs: { type: 'string', default: '4000' }, conferences: { type: 'string', default: '50' } },
  });
  const pairs = Number(values.pairs);
  const daemon = await startDaemon({
    PARLEY_ACCOUNTS: JSON.stringify([first, second]),
    PARLEY_API_REQUESTS_PER_SECOND: '0',
  });
  const pool = new Pool(`http://${daemon.restAddress}`, { connections: 1, pipelining: 1 });
  const authorization = `Basic ${Buffer.from(`${second.sid}:${second.tokens[0]}`).toString('base64')}`;
  const tookUs = async (below: string): Promise<number> => {
    const path = `/2010-04-01/Accounts/${second.sid}/${below}.json`;
    const startedMs = performance.now();
    const { statusCode, body } = await pool.request({ path, method: 'GET', headers: { authorization } });
    await body.dump();
    if (statusCode !== 404) throw new Error(`${path} was answered with ${statusCode}`);
    return (performance.now() - startedMs) * 1000;
  };
  try {
    const made = await conferencesOf(daemon.grpcAddress, Number(values.conferences));
    for (const [kind, pathOf] of Object.entries(kinds)) {
      const [foreign, unknown]: [number[], number[]] = [[], []];
      for (let pair = -pairs / 10; pair < pairs; pair += 1) {
        const { conference, call } = made[Math.abs(pair) % made.length] ?? { conference: '', call: '' };
        const [there, never] = [pathOf(conference, call), pathOf(randomUUID(), randomUUID())];
        const isFirst = Math.random() < 0.5;
        const one = await tookUs(isFirst ? there : never);
        const other = await tookUs(isFirst ? never : there);
        // The first ones are for the machine to get used to it.
        if (pair < 0) continue;
        foreign.push(isFirst ? one : other);
        unknown.push(isFirst ? other : one);
      }
      const differences = foreign.map((us, index) => us - (unknown[index] ?? us));
      const share = differences.filter((us) => us > 0).length / differences.length;
      const bound = Math.max(shareBound, 5 * Math.sqrt(0.25 / differences.length));
      const isAlike = Math.abs(share - 0.5) <= bound;
      console.info(
        `${kind.padEnd(17)} another's ${median(foreign).toFixed(1)} us, ` +
          `never there ${median(unknown).toFixed(1)} us, ` +
          `difference ${median(differences).toFixed(2)} us; slower in ${(100 * share).toFixed(1)} % of ${pairs} pairs` +
          `${isAlike ? '' : ': CAN BE TOLD APART'}`,
      );
      if (!isAlike) process.exitCode = 1;
    }
  } finally {
    await pool.close();
    await daemon.stop();
  }
}

await main();
