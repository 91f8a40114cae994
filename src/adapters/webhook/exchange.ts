/** One HTTP request and its answer, within limits of time and size. Its body is thrown away unless it is wanted. */
import type { Dispatcher } from 'undici';
import type { Cancel, Clock } from '../../base/ports.js';
import type { WebhookOutcome } from '../../callbacks/webhook.js';

/** Code 11750. */
export const responseBytesMax = 64 * 1024;

export type ExchangeRequest = {
  readonly origin: string;
  /** Path and query, sent as they are. */
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Keep what the answer says. */
  readonly wantsContent?: boolean;
  /** Until the request can be written: name, connection, TLS. */
  readonly connectTimeoutMs: number;
  /** Until the first byte of the answer, and between its packets. */
  readonly readTimeoutMs: number;
  readonly totalTimeoutMs: number;
};

export type FailureReason = Extract<WebhookOutcome, { kind: 'failed' }>['reason'];

export type ExchangeResult =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly location: string | null;
      /** Where it was wanted. */
      readonly content?: Content;
    }
  | { readonly kind: 'failed'; readonly reason: FailureReason };

export type Content = { readonly type: string | null; readonly bytes: Uint8Array };

type Timeouts = 'connect' | 'timeout';

/** Never rejects. */
export function exchange(
  dispatcher: Pick<Dispatcher, 'dispatch'>,
  clock: Clock,
  request: ExchangeRequest,
): Promise<ExchangeResult> {
  const { origin, path, method, headers, body } = request;
  return new Promise((resolve) => {
    let isSettled = false;
    let abort = (): void => {};
    let cancelTimer: Cancel = () => {};
    let timerAtMs = Number.POSITIVE_INFINITY;
    let answer: { readonly status: number; readonly location: string | null } | null = null;
    let contentType: string | null = null;
    let receivedBytes = 0;
    const chunks: Uint8Array[] = [];
    let hasStarted = false;

    const settle = (result: ExchangeResult): void => {
      if (isSettled) return;
      isSettled = true;
      cancelTimer();
      abort();
      resolve(result);
    };
    const endsAtMs = clock.monotonic() + request.totalTimeoutMs;
    let phase = { endsAtMs, reason: 'timeout' as Timeouts };
    // One timer for both, moved only when it would come too late: most exchanges are over before it fires once.
    const watch = (): void => {
      const dueAtMs = Math.min(phase.endsAtMs, endsAtMs);
      if (timerAtMs <= dueAtMs) return;
      cancelTimer();
      timerAtMs = dueAtMs;
      cancelTimer = clock.after(Math.max(0, dueAtMs - clock.monotonic()), () => {
        timerAtMs = Number.POSITIVE_INFINITY;
        if (clock.monotonic() < Math.min(phase.endsAtMs, endsAtMs)) watch();
        else settle({ kind: 'failed', reason: phase.endsAtMs <= endsAtMs ? phase.reason : 'timeout' });
      });
    };
    const failAfter = (delayMs: number, reason: Timeouts): void => {
      phase = { endsAtMs: clock.monotonic() + delayMs, reason };
      watch();
    };
    failAfter(request.connectTimeoutMs, 'connect');

    dispatcher.dispatch(
      { origin, path, method, headers: { ...headers }, body, headersTimeout: 0, bodyTimeout: 0 },
      {
        onRequestStart(controller) {
          hasStarted = true;
          abort = () => controller.abort(new Error('no longer wanted'));
          // The time to connect ran out while the request was still waiting for its socket.
          if (isSettled) abort();
          else failAfter(request.readTimeoutMs, 'timeout');
        },
        onResponseStart(_controller, status, responseHeaders) {
          answer = { status, location: firstOf(responseHeaders.location) };
          contentType = firstOf(responseHeaders['content-type']);
          if (!isSettled) failAfter(request.readTimeoutMs, 'timeout');
        },
        onResponseData(_controller, chunk) {
          receivedBytes += chunk.length;
          if (receivedBytes > responseBytesMax) settle({ kind: 'failed', reason: 'response-too-large' });
          else if (!isSettled) failAfter(request.readTimeoutMs, 'timeout');
          if (request.wantsContent === true && !isSettled) chunks.push(chunk);
        },
        onResponseEnd() {
          abort = () => {};
          const content = { type: contentType, bytes: Buffer.concat(chunks) };
          const kept = request.wantsContent === true ? { content } : {};
          settle(answer === null ? { kind: 'failed', reason: 'protocol' } : { kind: 'answered', ...answer, ...kept });
        },
        onResponseError(_controller, error) {
          abort = () => {};
          settle({ kind: 'failed', reason: failureReason(error, hasStarted) });
        },
      },
    );
  });
}

export const firstOf = (header: string | string[] | undefined): string | null =>
  (Array.isArray(header) ? header[0] : header) ?? null;

/** `hasStarted`: the request was on its way, so the connection stood. */
export function failureReason(error: Error, hasStarted: boolean): FailureReason {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'EGRESS_REFUSED') return 'refused-by-policy';
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') return 'response-too-large';
  if (hasStarted) return 'protocol';
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return 'dns';
  return /^(?:ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_)/.test(code) ? 'tls' : 'connect';
}
