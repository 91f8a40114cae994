/** What is counted of a store of objects that files of recordings are kept in. */

export const storageMetrics = {
  parley_storage_files_waiting: {
    type: 'gauge',
    help: 'Files of recordings that wait on this disk for the store of objects.',
    labels: {},
  },
  parley_storage_bytes_waiting: {
    type: 'gauge',
    help: 'Size of those files.',
    labels: {},
  },
  parley_storage_deletions_waiting: {
    type: 'gauge',
    help: 'Objects that are deleted as far as anybody can see, and that the store has yet to be told of.',
    labels: {},
  },
  parley_storage_oldest_waiting_seconds: {
    type: 'gauge',
    help: 'Age of the oldest file or deletion that waits for the store; 0 while none does.',
    labels: {},
  },
  parley_storage_done_total: {
    type: 'counter',
    help: 'Files that the store has confirmed to have, and objects that it has deleted.',
    labels: { kind: ['file', 'deletion'] },
  },
  parley_storage_failures_total: {
    type: 'counter',
    help: 'Attempts at those that failed; each is tried again.',
    labels: { kind: ['file', 'deletion'] },
  },
  parley_storage_sent_bytes_total: {
    type: 'counter',
    help: 'Bytes of files that the store has taken, parts of attempts that failed later among them.',
    labels: {},
  },
} as const;
