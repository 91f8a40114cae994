/** How the commands that ask a daemon reach it. */
import type { ServiceError } from '@grpc/grpc-js';
import { ApiClient } from '../caller/api-client.js';

export type ConnectionOptions = {
  /** host:port of its gRPC API. */
  readonly address: string;
};

/** Not an option: others on the machine read those. */
export const tokenVariable = 'PARLEY_TOKEN';

export type Write = (line: string) => void;

/** Runs `ask` and closes the connection. False, with a line on standard error, when the daemon refuses or is away. */
export async function withDaemon(
  { address }: ConnectionOptions,
  ask: (client: ApiClient) => Promise<void>,
): Promise<boolean> {
  const client = new ApiClient(address, process.env[tokenVariable] ?? null);
  try {
    await ask(client);
    return true;
  } catch (error) {
    process.stderr.write(`${address}: ${refusalText(error)}\n`);
    return false;
  } finally {
    client.close();
  }
}

function refusalText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { details } = error as Partial<ServiceError>;
  return details ?? error.message;
}
