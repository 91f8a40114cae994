/** V8's collector, when it is asked rather than when it needs room. */
import { Session } from 'node:inspector/promises';
import { BroadcastChannel } from 'node:worker_threads';

const channelName = 'parley-collect-garbage';

/**
 * Collects all of this thread's heap as if memory were short: what was taken for objects that died young goes back to
 * the system too. The thread stands still for some fifty milliseconds. Rejects when the inspector does not do it.
 */
export async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  try {
    await session.post('HeapProfiler.collectGarbage');
  } finally {
    session.disconnect();
  }
}

/** Tells all threads of the process that called `collectWhenTold`. */
export function tellThreadsToCollect(): void {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage('collect');
  channel.close();
}

/** In a thread that nobody waits for just then: `first` lets go of what can be had again. Keeps no thread alive. */
export function collectWhenTold(first: () => void = () => {}): void {
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = () => {
    first();
    // Where it is refused the main thread is refused as well, which says so.
    void collectGarbage().catch(() => {});
  };
  channel.unref();
}
