/** The calls that run documents. Each has its place in `Calls` too, once it has media. */
import { assert } from '../../base/assert.js';
import type { AccountSid, CallSid, EpochMs } from '../../base/brands.js';
import { err, ok, type Result } from '../../base/result.js';
import { newSid } from '../../base/sids.js';
import type { Trace } from '../../base/trace.js';
import type { ParticipantLeft } from '../../conference/events.js';
import type { ShardId } from '../../media/engine-port.js';
import type { DocumentDial, DocumentDialReply, DocumentStart, Refusal } from '../application.js';
import { CallRun } from './call-run.js';
import type { CallRunParts } from './call-run-parts.js';
import type { Call } from './calls.js';

/** Calls that have no media yet, since their first document is still being fetched; the engine bounds the others. */
export const withoutMediaMax = 1000;

export class CallRuns {
  readonly #parts: CallRunParts;
  readonly #runs = new Map<string, CallRun>();
  #withoutMedia = 0;

  constructor(parts: Omit<CallRunParts, 'onOver'>) {
    this.#parts = { ...parts, onOver: ({ accountSid, callSid }) => this.#runs.delete(runKey(accountSid, callSid)) };
  }

  async dial({ accountSid, start, fallback, ...request }: DocumentDial): Promise<Result<DocumentDialReply, Refusal>> {
    const { calls, metrics, random } = this.#parts;
    const callSid = request.callSid ?? newSid('call', random);
    if (this.#withoutMedia >= withoutMediaMax) {
      metrics.count('parley_document_dials_overflow_total', {});
      return err({ kind: 'queue-full' });
    }
    const refusal = calls.claim(accountSid, callSid, { hangupOnStar: false });
    if (refusal !== null) return err(refusal);
    const { call, media: offer, shaping = {}, trace = null } = request;
    const run = new CallRun(this.#parts, { accountSid, callSid, call, wish: { offer, shaping }, fallback, trace });
    this.#runs.set(runKey(accountSid, callSid), run);
    this.#withoutMedia += 1;
    try {
      const begun = await run.begin(start);
      metrics.count('parley_dials_total', { outcome: begun.ok ? 'joined' : 'refused', media: offer.kind });
      if (!begun.ok) return begun;
      const { media, runner } = begun.value;
      const state = runner?.state();
      const conferenceSid = state === undefined || state.phase === 'absent' ? null : state.conferenceSid;
      return ok({ callSid, conferenceSid, media: media.answer(), warnings: run.findings.warnings() });
    } finally {
      this.#withoutMedia -= 1;
      calls.settle(accountSid, callSid);
    }
  }

  /** A call in progress: one without a run is in a conference, by a dial of its own. */
  redirect(call: Call, start: DocumentStart, trace: Trace | null): Promise<Result<void, Refusal>> {
    const { accountSid, view } = call;
    const run = this.#runs.get(runKey(accountSid, view.callSid)) ?? this.#adopted(call);
    return run.redirect(start, trace);
  }

  /** REQUIRES: the call is in progress and in no conference. */
  hangUp(accountSid: AccountSid, callSid: CallSid): void {
    const run = this.#runs.get(runKey(accountSid, callSid));
    assert(run !== undefined, 'who is in no conference runs a document');
    run.giveUp({ kind: 'call-completed', callSid });
  }

  /** Of the leg of a call that runs a document; null for others. */
  shardOf(accountSid: AccountSid, callSid: CallSid): ShardId | null {
    return this.#runs.get(runKey(accountSid, callSid))?.shard() ?? null;
  }

  entered(accountSid: AccountSid, callSid: CallSid, atMs: EpochMs): void {
    this.#runs.get(runKey(accountSid, callSid))?.entered(atMs);
  }

  left(accountSid: AccountSid, event: ParticipantLeft, trace: Trace | null): void {
    this.#runs.get(runKey(accountSid, event.callSid))?.left(event, trace);
  }

  /** Everything on the shard is lost. */
  onShardFailed(shard: ShardId): void {
    for (const run of [...this.#runs.values()]) {
      if (run.shard() === shard) run.giveUp({ kind: 'engine-unavailable' });
    }
  }

  /** Nothing more is run; those in conferences are over when they have left them. */
  stop(): void {
    for (const run of [...this.#runs.values()]) run.giveUp({ kind: 'draining' });
  }

  #adopted({ accountSid, joined, leg: id, view: { callSid, call } }: Call): CallRun {
    const runner = this.#parts.registry.find(accountSid, joined);
    const shard = runner?.legs().shardOf(callSid) ?? null;
    const state = runner?.state();
    assert(runner !== null && shard !== null && state !== undefined, 'a call without a run is in a conference');
    const participant =
      state.phase === 'absent' || state.phase === 'completed' ? undefined : state.participants.get(callSid);
    const run = new CallRun(this.#parts, { accountSid, callSid, call, wish: null, fallback: null, trace: null });
    run.adopt(runner, { id, shard, local: null }, participant?.joinedAtMs ?? this.#parts.clock.now());
    this.#runs.set(runKey(accountSid, callSid), run);
    return run;
  }
}

/** A sid has no space in it, so no two pairs have the same key. */
const runKey = (accountSid: AccountSid, callSid: CallSid): string => `${accountSid} ${callSid}`;
