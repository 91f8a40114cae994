/** Sockets of clients that break the rules: how they are closed is the business of whoever closes them. */
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Ends with the test, and says nothing of what becomes of it. */
export function quietly<S extends Socket>(socket: S): S {
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Resolves when it is closed, in whatever way. */
export const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()));

/** All that it is sent until it is closed. */
export async function heard(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (piece) => {
    text += piece;
  });
  await closed(socket);
  return text;
}
