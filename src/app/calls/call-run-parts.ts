/** What a call that runs documents is given: the call itself, and its world. */
import type { AccountSid, CallSid, EpochMs, RecordingSid } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import type { Logger } from '../../base/ports.js';
import type { Trace } from '../../base/trace.js';
import type { CallFacts, WebTarget } from '../../conference/state.js';
import type { CallLeg } from '../../media/engine-batch.js';
import type { ConferenceRegistry } from '../conferences/conference-registry.js';
import type { Debugger } from '../debugger.js';
import type { Metrics } from '../metrics.js';
import type { Documents } from '../ports.js';
import type { Players } from '../sounds/players.js';
import type { SoundPort } from '../sounds/sound-port.js';
import type { CallMediaParts, MediaWish } from './call-media.js';

export type CallOfRun = {
  readonly accountSid: AccountSid;
  readonly callSid: CallSid;
  readonly call: CallFacts;
  /** Null: it has a leg already. */
  readonly wish: MediaWish | null;
  readonly fallback: WebTarget | null;
  /** Of the dial. */
  readonly trace: Trace | null;
};

export type CallRunParts = CallMediaParts & {
  readonly registry: ConferenceRegistry;
  readonly documents: Documents;
  readonly sounds: SoundPort;
  readonly players: Players;
  readonly debug: Debugger;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly flavourOf: (accountSid: AccountSid) => Flavour;
  readonly recordingUrlOf: (accountSid: AccountSid, sid: RecordingSid) => string;
  /** The call has begun without a conference. */
  readonly onStanding: (of: CallOfRun, leg: CallLeg) => void;
  /** The call is over, and was in no conference then. */
  readonly onHungUp: (of: CallOfRun, atMs: EpochMs) => void;
  /** Nothing more is run. */
  readonly onOver: (of: CallOfRun) => void;
};
