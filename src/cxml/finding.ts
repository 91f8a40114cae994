/** What was odd or wrong about a document or a typed instruction: told to whoever asked, and the call goes on. */

export type Finding = {
  /** Number of the error dictionary (CONTRACT §11). */
  readonly code: number;
  /** As the dictionary ranks it; what follows from it stands in the message. */
  readonly level: 'warning' | 'error';
  /** An XPath, as in `/Response/Dial[1]/Conference/@beep`; of a typed instruction the path of the field. */
  readonly where: string;
  /** What was wrong and what was done instead; repeats nothing that a stranger wrote. */
  readonly message: string;
  /** This leg joins nothing because of it; else a default was taken, or something was passed over. */
  readonly keepsOut: boolean;
};
