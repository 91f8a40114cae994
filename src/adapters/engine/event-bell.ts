/**
 * Where the engines wake this thread, which sleeps while it has nothing to do: the end of a pipe, watched by the event
 * loop. They ring no more than once for each time they are told that nobody looks for events (docs/arena.md).
 */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';

/** What is needed of the addon: the ends of a pipe that blocks nobody, to read and to write. */
export type Pipes = { openPipe(): readonly [number, number] };

export interface EventBell {
  /** Open until `close`: what engines write to. */
  readonly descriptor: number;
  /** REQUIRES: no engine runs any more. */
  close(): void;
}

/** Keeps no process alive. */
export function openEventBell(pipes: Pipes, onRing: () => void): EventBell {
  const [heard, descriptor] = pipes.openPipe();
  const socket = new Socket({ fd: heard, readable: true, writable: false });
  socket.on('data', () => onRing()).unref();
  return {
    descriptor,
    close() {
      socket.destroy();
      closeSync(descriptor);
    },
  };
}
