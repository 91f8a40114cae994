/** What is said between the job that encrypts a file of a recording and who wants it so. */

export type SealTask = {
  /** Only read. */
  readonly path: string;
  /** Written anew. */
  readonly target: string;
  /** That the file will be kept under: it opens under no other. */
  readonly name: string;
  readonly keyName: string;
  /** The account's, 32 bytes. */
  readonly key: Uint8Array;
};
