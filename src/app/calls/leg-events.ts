/** What the engine tells of a leg, as what it means for the call that has it. */
import type { Clock, Logger } from '../../base/ports.js';
import type { EngineEvent } from '../../media/engine-port.js';
import type { ConferenceRegistry } from '../conferences/conference-registry.js';
import type { ConferenceRunner } from '../conferences/conference-runner.js';
import type { Call, Calls } from './calls.js';

export type LegEventParts = {
  readonly calls: Calls;
  readonly registry: ConferenceRegistry;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type LegEvent = Extract<EngineEvent, { readonly kind: 'leg-digit' | 'leg-speech-changed' }>;

/** Events of a leg whose call is over by now mean nothing. */
export function legEvents({ calls, registry, clock, logger }: LegEventParts): (event: LegEvent) => void {
  const attempt = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => logger.error('leg-event-lost', { error }));
  };

  const pressed = (call: Call, runner: ConferenceRunner, digit: string, durationMs: number): void => {
    const { callSid } = call.view;
    attempt(runner.record({ kind: 'digit-pressed', callSid, digit, durationMs, atMs: clock.now() }));
    if (digit === '*' && call.hangupOnStar) {
      attempt(runner.submit({ kind: 'leave', callSid, cause: 'hangup-on-star' }));
    }
  };

  return (event) => {
    const call = calls.onLeg(event.leg);
    const runner = call === null ? null : registry.find(call.accountSid, call.joined);
    if (call === null || runner === null) return;
    if (event.kind === 'leg-digit') pressed(call, runner, event.digit, event.durationMs);
    else runner.noteSpeech(call.view.callSid, event.speaking);
  };
}
