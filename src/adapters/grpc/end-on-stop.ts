/**
 * Ends the streams of the health and reflection services, which run as long as their client likes, when the server
 * stops.
 */
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { shuttingDown, toStatus } from './failure.js';

/** Handlers of ours end their own streams, after what they still have to say. */
const ours = '/parley.v1.';

export const endOnStop =
  (stopping: AbortSignal): ServerInterceptor =>
  (method, call) => {
    if (!method.responseStream || method.path.startsWith(ours)) return new ServerInterceptingCall(call);
    const end = (): void => call.sendStatus(toStatus(shuttingDown));
    return new ServerInterceptingCall(call, {
      start: (next) => {
        stopping.addEventListener('abort', end);
        next({ onCancel: () => stopping.removeEventListener('abort', end) });
      },
    });
  };
