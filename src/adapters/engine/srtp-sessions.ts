/**
 * The SRTP sessions of one leg: made here, used by the engine, destroyed here when the engine is done with them
 * (docs/srtp.md). Keys go to the native side by this way alone, never through the arena.
 */
import { assert } from '../../base/assert.js';
import type { LegSecurity } from '../../media/engine-port.js';
import type { SrtpSuite } from '../../media/srtp-key.js';

/** What is needed of the addon. */
export type SrtpSessions = {
  /**
   * The id of a new session, which keeps nothing of the arrays; 0 when there is no place for one more. `suite`:
   * suiteNumbers; the key identifier in `inboundKeyIdBytes` bytes, 0 when packets carry none.
   */
  makeSrtpSession(
    suite: number,
    inboundKey: Uint8Array,
    outboundKey: Uint8Array,
    inboundKeyId: number,
    inboundKeyIdBytes: number,
  ): number;
  /** REQUIRES: the engine is done with it, or never took it. */
  removeSrtpSession(id: number): void;
  /** Another engine may take it, as it is. REQUIRES: the one that took it is done with it. */
  offerSrtpSession(id: number): void;
};

/** What an engine is told when packets are plain. */
const plain = 0;

/** Streams sent under one key beside the first: a session knows 32 (native/rtp/srtp_streams.h). */
const movesMax = 31;

/** As native/rtp/srtp_suite.h numbers them. */
const suiteNumbers: Readonly<Record<SrtpSuite, number>> = {
  AES_CM_128_HMAC_SHA1_80: 0,
  AES_CM_128_HMAC_SHA1_32: 1,
  AEAD_AES_128_GCM: 2,
  AEAD_AES_256_GCM: 3,
};

/** A session made for a leg, and what for. */
export type HeldSession = { readonly id: number; readonly security: LegSecurity };

/** Null when there is no place for one more. */
export function openSrtp(sessions: SrtpSessions, security: LegSecurity): LegSrtp | null {
  const id = makeSession(sessions, security);
  return id === null ? null : new LegSrtp(sessions, { id, security });
}

/** What the legs of a batch are secured with once it is applied. */
export type Sessions = ReadonlyMap<LegSrtp, HeldSession>;

/** The sessions that new media asks for; null, and nothing made, when there is no place for all of them. */
export function takeSessions(
  updates: readonly { readonly srtp: LegSrtp; readonly security: LegSecurity }[],
): Sessions | null {
  const taken = new Map<LegSrtp, HeldSession>();
  for (const { srtp, security } of updates) {
    const next = srtp.next(security);
    if (next === null) {
      dropSessions(taken);
      return null;
    }
    taken.set(srtp, next);
  }
  return taken;
}

/** The engine will not hear of them after all. */
export function dropSessions(sessions: Sessions): void {
  for (const [srtp, session] of sessions) srtp.drop(session);
}

export class LegSrtp {
  readonly #sessions: SrtpSessions;
  #current: HeldSession;
  /** The one before: the engine understands it for some time after a rekey. */
  #previous: HeldSession | null = null;
  /** Replaced twice: destroyed once the engine has applied the batch that replaced them. */
  readonly #replaced: { readonly id: number; readonly batch: number }[] = [];
  #isDoubtful = false;
  /** Streams that its session was used for before this one. */
  #moves = 0;

  /** Takes the session of `first` over. */
  constructor(sessions: SrtpSessions, first: HeldSession) {
    this.#sessions = sessions;
    this.#current = first;
  }

  /** Of the session in use, 0 when packets are plain. */
  id(): number {
    return this.#current.id;
  }

  /** The session that `security` asks for: the one in use, or a new one; null when there is no place for that. */
  next(security: LegSecurity): HeldSession | null {
    if (isSame(this.#current.security, security)) return this.#current;
    const id = makeSession(this.#sessions, security);
    return id === null ? null : { id, security };
  }

  /** The engine will not hear of `next` after all. */
  drop(next: HeldSession): void {
    if (next !== this.#current) this.#remove(next.id);
  }

  /** The engine was told of `next` in `batch`. */
  goOver(next: HeldSession, batch: number): void {
    if (next === this.#current) return;
    if (this.#previous !== null && this.#previous.id !== plain) {
      this.#replaced.push({ id: this.#previous.id, batch });
    }
    this.#previous = this.#current;
    this.#current = next;
    this.#moves = 0;
  }

  /** The engine refused a record about this leg, a bug: who knows which sessions it has now. All stay to the end. */
  doubt(): void {
    this.#isDoubtful = true;
  }

  /** The engine has applied `batch`, and every one before. False while some are kept for a later one. */
  applied(batch: number): boolean {
    if (this.#isDoubtful) return true;
    while (this.#replaced[0] !== undefined && (batch - this.#replaced[0].batch) >> 0 >= 0) {
      const replaced = this.#replaced.shift();
      if (replaced !== undefined) this.#remove(replaced.id);
    }
    return this.#replaced.length === 0;
  }

  /** Can it go to another shard once more? Each time its stream begins anew. */
  mayMove(): boolean {
    return this.#current.id === plain || this.#moves < movesMax;
  }

  /** It goes on in another shard, as it is. REQUIRES: the engine that had it is done with it; `mayMove`. */
  move(): void {
    assert(this.mayMove(), 'a session has room for one more stream');
    for (const { id } of this.#replaced.splice(0)) this.#remove(id);
    if (this.#previous !== null) this.#remove(this.#previous.id);
    this.#previous = null;
    this.#isDoubtful = false;
    if (this.#current.id === plain) return;
    this.#sessions.offerSrtpSession(this.#current.id);
    this.#moves += 1;
  }

  /** REQUIRES: the engine touches the leg no more, or never did. */
  close(): void {
    for (const { id } of this.#replaced) this.#remove(id);
    if (this.#previous !== null) this.#remove(this.#previous.id);
    this.#remove(this.#current.id);
  }

  #remove(id: number): void {
    if (id !== plain) this.#sessions.removeSrtpSession(id);
  }
}

function makeSession(sessions: SrtpSessions, security: LegSecurity): number | null {
  if (security.kind === 'plain') return plain;
  const { inbound, outbound, inboundKeyId } = security;
  const [inboundKey, outboundKey] = [inbound.reveal(), outbound.reveal()];
  const { value, bytes } = inboundKeyId ?? { value: 0, bytes: 0 };
  const id = sessions.makeSrtpSession(suiteNumbers[inbound.suite], inboundKey, outboundKey, value, bytes);
  inboundKey.fill(0);
  outboundKey.fill(0);
  return id === plain ? null : id;
}

function isSame(a: LegSecurity, b: LegSecurity): boolean {
  if (a.kind === 'plain' || b.kind === 'plain') return a.kind === b.kind;
  const [keyId, other] = [a.inboundKeyId, b.inboundKeyId];
  if (keyId?.value !== other?.value || keyId?.bytes !== other?.bytes) return false;
  return a.inbound.equals(b.inbound) && a.outbound.equals(b.outbound);
}
