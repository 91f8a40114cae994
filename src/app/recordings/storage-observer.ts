/** Who counts what a store of objects does. */
import type { Metrics } from '../metrics.js';

export type StorageWork = 'file' | 'deletion';

export type StorageObserver = {
  readonly sent: (bytes: number) => void;
  readonly done: (kind: StorageWork) => void;
  readonly failed: (kind: StorageWork) => void;
  readonly waiting: (what: {
    readonly files: number;
    readonly bytes: number;
    readonly deletions: number;
    /** 0: nothing waits. */
    readonly oldestMs: number;
  }) => void;
};

export const storageObserver = (metrics: Metrics): StorageObserver => ({
  sent: (bytes) => metrics.count('parley_storage_sent_bytes_total', {}, bytes),
  done: (kind) => metrics.count('parley_storage_done_total', { kind }),
  failed: (kind) => metrics.count('parley_storage_failures_total', { kind }),
  waiting({ files, bytes, deletions, oldestMs }) {
    metrics.set('parley_storage_files_waiting', {}, files);
    metrics.set('parley_storage_bytes_waiting', {}, bytes);
    metrics.set('parley_storage_deletions_waiting', {}, deletions);
    metrics.set('parley_storage_oldest_waiting_seconds', {}, oldestMs / 1000);
  },
});
