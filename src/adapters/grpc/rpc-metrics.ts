/** Every gRPC call is counted once by the status it ended with, those that were refused at the door included. */
import type { status } from '@grpc/grpc-js';
import { metrics as declarations, type Metrics } from '../../app/metrics.js';
import type { AccountSid } from '../../base/brands.js';

/** By number, as gRPC defines them. */
const codeNames = declarations.parley_rpcs_total.labels.code;

/** Once for each call and each command of a stream. `unarySeconds`: how long it took; null for a stream. */
export function countCall(
  metrics: Metrics,
  code: status,
  account: AccountSid | null,
  unarySeconds: number | null,
): void {
  metrics.count('parley_rpcs_total', { code: codeNames[code] ?? 'UNKNOWN' });
  if (account !== null) metrics.count('parley_account_requests_total', { account, face: 'grpc' });
  if (unarySeconds !== null) metrics.observe('parley_rpc_duration_seconds', {}, unarySeconds);
}
