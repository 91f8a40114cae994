/** How the commands that ask a daemon reach it. */
import { readFileSync } from 'node:fs';
import { type ChannelCredentials, credentials, type ServiceError } from '@grpc/grpc-js';
import { ApiClient } from '../caller/api-client.js';

export type ConnectionOptions = {
  /** host:port of its gRPC API. */
  readonly address: string;
};

/** Not an option: others on the machine read those. */
export const tokenVariable = 'PARLEY_TOKEN';

/** Files of PEM: authorities of the daemon's certificate, and what the client shows of itself. */
const [caVariable, certVariable, keyVariable] = ['PARLEY_TLS_CA_FILE', 'PARLEY_TLS_CERT_FILE', 'PARLEY_TLS_KEY_FILE'];

/** In clear text unless the authorities are given. Throws when a file cannot be read. */
export function channelOf(environment: Readonly<Record<string, string | undefined>>): ChannelCredentials {
  const read = (variable: string): Buffer | null => {
    const path = environment[variable];
    return path === undefined ? null : readFileSync(path);
  };
  const ca = read(caVariable);
  return ca === null ? credentials.createInsecure() : credentials.createSsl(ca, read(keyVariable), read(certVariable));
}

export type Write = (line: string) => void;

/** Runs `ask` and closes the connection. False, with a line on standard error, when the daemon refuses or is away. */
export async function withDaemon(
  { address }: ConnectionOptions,
  ask: (client: ApiClient) => Promise<void>,
): Promise<boolean> {
  let client: ApiClient | null = null;
  try {
    client = new ApiClient(address, process.env[tokenVariable] ?? null, channelOf(process.env));
    await ask(client);
    return true;
  } catch (error) {
    process.stderr.write(`${address}: ${refusalText(error)}\n`);
    return false;
  } finally {
    client?.close();
  }
}

function refusalText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { details } = error as Partial<ServiceError>;
  return details ?? error.message;
}
