/** How the commands that ask a daemon reach it. */
import { messageOf } from '../../base/thrown.js';
import { ApiClient } from '../../client/api-client.js';
import { type ConnectOptions, channelOf, Parley, type TlsOptions } from '../../client/parley.js';
import { ParleyError } from '../../client/parley-error.js';

export type ConnectionOptions = {
  /** host:port of its gRPC API. */
  readonly address: string;
};

/** Not an option: others on the machine read those. */
const tokenVariable = 'PARLEY_TOKEN';

/** Files of PEM: authorities of the daemon's certificate, and what the client shows of itself. */
const [caVariable, certVariable, keyVariable] = ['PARLEY_TLS_CA_FILE', 'PARLEY_TLS_CERT_FILE', 'PARLEY_TLS_KEY_FILE'];

export type Write = (line: string) => void;

/** In clear text unless the authorities are given. */
function tlsOf(environment: Readonly<Record<string, string | undefined>>): false | TlsOptions {
  const [ca, cert, key] = [caVariable, certVariable, keyVariable].map((variable) => environment[variable]);
  if (ca === undefined) return false;
  return { ca, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
}

function optionsOf({ address }: ConnectionOptions): ConnectOptions {
  const token = process.env[tokenVariable];
  return { address, tls: tlsOf(process.env), ...(token === undefined ? {} : { token }) };
}

/** Runs `ask` and closes the connection. False, with a line on standard error, when the daemon refuses or is away. */
export function withDaemon(options: ConnectionOptions, ask: (client: ApiClient) => Promise<void>): Promise<boolean> {
  return telling(options, async () => {
    const { address, token, tls = false } = optionsOf(options);
    const client = new ApiClient(address, token ?? null, channelOf(tls));
    await ask(client).finally(() => client.close());
  });
}

/** The same for what has media, or asks more than one thing. */
export function withParley(options: ConnectionOptions, ask: (parley: Parley) => Promise<void>): Promise<boolean> {
  return telling(options, async () => {
    await using parley = await Parley.connect(optionsOf(options));
    await ask(parley);
  });
}

async function telling({ address }: ConnectionOptions, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    process.stderr.write(`${address}: ${refusalText(error)}\n`);
    return false;
  }
}

function refusalText(error: unknown): string {
  if (!(error instanceof ParleyError)) return messageOf(error);
  const fields = error.violations.map(({ field, description }) => `; ${field}: ${description}`);
  return `${error.details}${fields.join('')}`;
}
