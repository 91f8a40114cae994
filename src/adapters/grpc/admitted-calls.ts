/**
 * The calls that were let in. What is known of one when it comes reaches what grpc-js makes of it: its interceptor,
 * which is made while its stream is handed over, and by the metadata its handler.
 */
import { constants } from 'node:http2';
import type { Metadata } from '@grpc/grpc-js';
import type { Metrics } from '../../app/metrics.js';
import { assert } from '../../base/assert.js';
import type { ComingCall } from './coming-call.js';

export class AdmittedCalls {
  readonly #metrics: Metrics;
  readonly #byMetadata = new WeakMap<Metadata, ComingCall>();
  #entering: ComingCall | null = null;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** `handOver` gives its stream to grpc-js. */
  enter(call: ComingCall, handOver: () => void): void {
    this.#entering = call;
    try {
      handOver();
    } finally {
      this.#entering = null;
    }
  }

  /** Whose interceptor is being made. */
  entering(): ComingCall {
    assert(this.#entering !== null, 'no call is made of a stream but at the door');
    return this.#entering;
  }

  /** `metadata` is what the handler of the call will have. */
  tie(metadata: Metadata, call: ComingCall): void {
    this.#byMetadata.set(metadata, call);
  }

  of(metadata: Metadata): ComingCall {
    const call = this.#byMetadata.get(metadata);
    assert(call !== undefined, 'no call reaches a handler but through the door');
    return call;
  }

  /** Ends it at once, whatever of its answer is still to be taken; one that is over is left alone. */
  cut({ stream }: ComingCall, why: 'slow-reader' | 'too-long'): void {
    if (stream.closed) return;
    this.#metrics.count('parley_rpcs_cut_total', { why });
    // To clients of gRPC this is RESOURCE_EXHAUSTED.
    stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }
}
