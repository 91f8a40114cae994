/**
 * Watches that the parties of RTP calls keep sending: who has sent nothing for long is told about, and hung up or put
 * on hold, as the configuration says. The engine tells when packets stop and resume; the deadlines are kept here.
 */
import type { EpochMs } from '../../base/brands.js';
import type { Cancel, Clock, Logger } from '../../base/ports.js';
import type { CallLeg } from '../../media/engine-batch.js';
import type { DirectionName } from '../../media/engine-layout.js';
import type { EngineEvent, LegId } from '../../media/engine-port.js';
import type { Call, Calls } from '../calls/calls.js';
import type { ConferenceRegistry } from '../conferences/conference-registry.js';
import type { ConferenceRunner } from '../conferences/conference-runner.js';
import type { Metrics } from '../metrics.js';
import type { MediaStopReason } from '../ports.js';

export type MediaTimeout = {
  /** Silence after which a party counts as gone; null: never. */
  readonly afterMs: number | null;
  readonly policy: 'none' | 'hang-up' | 'hold';
};

/** Some gateways say goodbye before they go on as another source. */
export const goodbyeGraceMs = 5000;

export type MediaSupervisionParts = {
  readonly timeout: MediaTimeout;
  readonly calls: Calls;
  readonly registry: ConferenceRegistry;
  /** Of a call that is up and in no conference. */
  readonly hangUp: (call: Call) => void;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

export type MediaEvent = Extract<
  EngineEvent,
  { readonly kind: 'leg-media-started' | 'leg-media-stopped' | 'leg-media-resumed' }
>;

type Watch = {
  cancel: Cancel;
  /** EventService was told that media stopped. */
  isTold: boolean;
  /** The hold it has is ours. */
  isHeld: boolean;
};

export const isMediaEvent = (event: EngineEvent): event is MediaEvent =>
  event.kind === 'leg-media-started' || event.kind === 'leg-media-stopped' || event.kind === 'leg-media-resumed';

export class MediaSupervision {
  readonly #parts: MediaSupervisionParts;
  readonly #watches = new Map<LegId, Watch>();

  constructor(parts: MediaSupervisionParts) {
    this.#parts = parts;
  }

  /** The leg of a call that is in; nothing has come from its party yet. */
  begin({ leg, media }: CallLeg): void {
    const { afterMs } = this.#parts.timeout;
    if (media.transport !== 'rtp' || afterMs === null) return;
    this.#watches.set(leg, { cancel: () => {}, isTold: false, isHeld: false });
    this.#arm(leg, afterMs, 'never-started', afterMs);
  }

  /** The call is over. */
  end(leg: LegId): void {
    this.#watches.get(leg)?.cancel();
    this.#watches.delete(leg);
  }

  hear(event: MediaEvent): void {
    const { afterMs } = this.#parts.timeout;
    const watch = this.#watches.get(event.leg);
    if (watch === undefined || afterMs === null) return;
    watch.cancel();
    if (event.kind === 'leg-media-stopped') {
      const { reason, silentMs } = event;
      const limitMs = reason === 'goodbye' ? Math.min(goodbyeGraceMs, afterMs) : afterMs;
      const leftMs = Math.max(limitMs - (reason === 'goodbye' ? 0 : silentMs), 0);
      this.#arm(event.leg, leftMs, reason, silentMs + leftMs);
      return;
    }
    if (watch.isTold) this.#attempt(event.leg, (runner, call, atMs) => this.#revive(watch, runner, call, atMs));
  }

  #arm(leg: LegId, delayMs: number, reason: MediaStopReason, silentMs: number): void {
    const watch = this.#watches.get(leg);
    if (watch === undefined) return;
    watch.cancel = this.#parts.clock.after(delayMs, () => {
      if (this.#expireApart(leg, reason)) return;
      this.#attempt(leg, (runner, call, atMs) => this.#expire({ watch, runner, call, atMs }, reason, silentMs));
    });
  }

  /** True: the call was in no conference, so that there is nobody to tell and nothing to hold. */
  #expireApart(leg: LegId, reason: MediaStopReason): boolean {
    const { calls, timeout, metrics, hangUp } = this.#parts;
    const call = calls.onLeg(leg);
    if (call === null || call.joined !== null) return false;
    if (timeout.policy !== 'hang-up' || call.media.transport !== 'rtp' || !isReceived(call.media.direction))
      return true;
    metrics.count('parley_media_timeouts_total', { reason });
    hangUp(call);
    return true;
  }

  /** Whoever has agreed to send nothing is not missed. */
  async #expire(
    { watch, runner, call, atMs }: { watch: Watch; runner: ConferenceRunner; call: Call; atMs: EpochMs },
    reason: MediaStopReason,
    silentMs: number,
  ): Promise<void> {
    const { timeout, metrics } = this.#parts;
    const { callSid } = call.view;
    if (call.media.transport !== 'rtp' || !isReceived(call.media.direction)) return;
    watch.isTold = true;
    metrics.count('parley_media_timeouts_total', { reason });
    await runner.record({ kind: 'media-stopped', callSid, reason, silentMs, atMs });
    if (timeout.policy === 'hang-up') await runner.submit({ kind: 'leave', callSid, cause: 'media-lost' });
    if (timeout.policy === 'hold' && !isOnHold(runner, call)) {
      watch.isHeld = true;
      await runner.submit({ kind: 'update-participant', callSid, changes: { hold: { kind: 'silence' } } });
    }
  }

  async #revive(watch: Watch, runner: ConferenceRunner, call: Call, atMs: EpochMs): Promise<void> {
    const { callSid } = call.view;
    const { isHeld } = watch;
    watch.isTold = false;
    watch.isHeld = false;
    await runner.record({ kind: 'media-resumed', callSid, atMs });
    if (isHeld) await runner.submit({ kind: 'update-participant', callSid, changes: { hold: null } });
  }

  #attempt(leg: LegId, work: (runner: ConferenceRunner, call: Call, atMs: EpochMs) => Promise<void>): void {
    const { calls, registry, clock, logger } = this.#parts;
    const call = calls.onLeg(leg);
    const runner = call === null ? null : registry.find(call.accountSid, call.joined);
    if (call === null || runner === null) return;
    work(runner, call, clock.now()).catch((error: unknown) => logger.error('media-supervision-failed', { error }));
  }
}

const isReceived = (direction: DirectionName): boolean => direction === 'sendrecv' || direction === 'recvonly';

function isOnHold(runner: ConferenceRunner, call: Call): boolean {
  const state = runner.state();
  if (state.phase === 'absent' || state.phase === 'completed') return false;
  const participant = state.participants.get(call.view.callSid);
  return participant !== undefined && participant.hold !== null;
}
