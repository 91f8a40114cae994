/** How long a client may hold a connection for nothing, in ms. */

export type ConnectionTimes = {
  /** TLS is agreed on within this, however slowly the client says its part. */
  readonly handshake: number;
  /** A client is asked so often whether it is still there, and gone when it does not answer within `answer`. */
  readonly keepAlive: number;
  readonly answer: number;
  /** Without a call for so long a connection is of no use; clients make another when they need one. */
  readonly idle: number;
  /**
   * New calls go to a new connection then (a tenth more or less), which shows the certificate of today; those under way
   * go on.
   */
  readonly age: number;
};

/** A client whose machine vanished is noticed within 30 s, and its legs can be attached elsewhere. */
export const connectionTimes: ConnectionTimes = {
  handshake: 10_000,
  keepAlive: 20_000,
  answer: 10_000,
  idle: 10 * 60_000,
  age: 60 * 60_000,
};
