/** A client of the package that ends with its test, and what it is refused with. */
import { expect, onTestFinished } from 'vitest';
import { type ConnectOptions, Parley, ParleyError } from '../../src/client/index.js';

export async function connect(port: number, options: Partial<ConnectOptions> = {}): Promise<Parley> {
  const parley = await Parley.connect({ address: `127.0.0.1:${port}`, ...options });
  onTestFinished(() => parley.close());
  return parley;
}

/** What it rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<ParleyError> {
  const failure = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ParleyError);
  return failure as ParleyError;
}
