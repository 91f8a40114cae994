/** What is done for each call that was let in, until it is over: it is counted, and ended when it may not go on. */
import { ServerInterceptingCall, type ServerInterceptor, type StatusObject, status } from '@grpc/grpc-js';
import type { Cancel, Clock } from '../../base/ports.js';
import type { AdmittedCalls } from './admitted-calls.js';
import { unauthenticated } from './authentication.js';
import { type ComingCall, type CountingParts, noteEnd } from './coming-call.js';
import { shuttingDown, toStatus } from './failure.js';
import type { StandingCalls } from './standing-calls.js';

/**
 * No call holds its place for ever: a unary one ends after a minute, from its head to its reply having been taken, and
 * a stream must have been asked for within one. Clients that say when they stop waiting are ended by grpc-js then.
 */
export const callMsMax = 60_000;
/** For the status to be taken. */
const cutAfterMs = 1000;

const outOfTime = toStatus({
  code: status.DEADLINE_EXCEEDED,
  reason: 'OUT_OF_TIME',
  message: `a call ends after ${callMsMax / 1000} s`,
  contractCode: null,
  violations: [],
});
const letInNoMore = toStatus(unauthenticated);
const stopped = toStatus(shuttingDown);

/** Handlers of ours end their own streams when the server stops, after what they still have to say. */
const ours = '/parley.v1.';

export type SupervisionParts = CountingParts & {
  readonly clock: Clock;
  readonly calls: AdmittedCalls;
  readonly standing: StandingCalls;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
};

/** One interceptor for all of it: grpc-js makes several objects of each for every call. */
export const supervision =
  (parts: SupervisionParts): ServerInterceptor =>
  (method, call) => {
    const { clock, calls } = parts;
    const admitted = calls.entering();
    let isNoted = false;
    const note = (code: status): void => {
      if (isNoted) return;
      isNoted = true;
      noteEnd(admitted, code, parts);
    };
    const end = (ending: StatusObject): void => {
      note(ending.code);
      call.sendStatus(ending);
    };
    // Messages of a stream of requests are bounded by what reads them.
    const settleTime = method.requestStream ? nothing : endInTime(parts, admitted, end);
    const settleStream = method.responseStream ? endWhenUnwanted(parts, admitted, end) : nothing;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            calls.tie(metadata, admitted);
            pass(metadata);
          },
          onReceiveHalfClose: (pass) => {
            if (method.responseStream) settleTime();
            pass();
          },
          // Said at the end of every call. grpc-js answers an expired deadline below every interceptor: only the
          // cancelling is seen here.
          onCancel: () => {
            settleTime();
            settleStream();
            note(clock.now() >= Number(call.getDeadline()) ? status.DEADLINE_EXCEEDED : status.CANCELLED);
          },
        }),
      sendStatus: (ending, next) => {
        note(ending.code ?? status.UNKNOWN);
        next(ending);
      },
    });
  };

const nothing: Cancel = () => {};

function endInTime(
  { clock, calls }: SupervisionParts,
  admitted: ComingCall,
  end: (ending: StatusObject) => void,
): Cancel {
  return clock.after(callMsMax, () => {
    end(outOfTime);
    clock.after(cutAfterMs, () => calls.cut(admitted, 'too-long'));
  });
}

/** A stream ends when its account's credentials open nothing any more, or when the server stops. */
function endWhenUnwanted(
  { standing, stopping }: SupervisionParts,
  { path, accountSid, opens }: ComingCall,
  end: (ending: StatusObject) => void,
): Cancel {
  const forget = accountSid === null ? nothing : standing.add({ accountSid, opens, end: () => end(letInNoMore) });
  if (path.startsWith(ours)) return forget;
  const stop = (): void => end(stopped);
  stopping.addEventListener('abort', stop);
  return () => {
    forget();
    stopping.removeEventListener('abort', stop);
  };
}
