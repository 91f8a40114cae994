/** A way to a server that a test can cut, or let go dead. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export type Breakable = {
  readonly port: number;
  /** Every connection breaks; new ones are let through. */
  cut(): void;
  /** Likewise, and nobody is let through any more. */
  kill(): void;
  /** Nothing comes through any more, either way, and neither side is told: as when a machine loses its power. */
  freeze(): void;
};

export async function breakable(port: number): Promise<Breakable> {
  const sockets: Socket[] = [];
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets.splice(0)) socket.resetAndDestroy();
  };
  const kill = (): void => {
    proxy.close();
    cut();
  };
  const freeze = (): void => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  onTestFinished(kill);
  return { port: (proxy.address() as AddressInfo).port, cut, kill, freeze };
}
