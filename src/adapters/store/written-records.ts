/** What every commit writes, of conferences and of recordings. Texts in `data` are JSON. */

export type EventRecordToWrite = { readonly atMs: number; readonly trace: string; readonly data: string };

export type CallbackRecord = {
  readonly id: string;
  readonly line: string;
  readonly receiver: string;
  readonly data: string;
};
