/** Documents, of which an account has so many a second: a flood of one takes neither time nor sockets from others. */
import type { AccountSid } from '../base/brands.js';
import type { Clock } from '../base/ports.js';
import type { AccountLimitsOf } from './account-limits.js';
import { Allowance } from './allowance.js';
import type { Metrics } from './metrics.js';
import type { Documents } from './ports.js';

export type LimitedDocumentsParts = {
  readonly documents: Documents;
  readonly limitsOf: AccountLimitsOf;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly metrics: Metrics;
};

/** What is too much is not asked for, and failed with code 20429 as if it had been. */
export function limitedDocuments({ documents, limitsOf, clock, metrics }: LimitedDocumentsParts): Documents {
  const allowance = new Allowance(clock, (accountSid: AccountSid) => limitsOf(accountSid).documents);
  return {
    fetch: async (request) => {
      const { accountSid: account } = request;
      if (allowance.take(account) === 0) {
        metrics.count('parley_account_documents_total', { account });
        return documents.fetch(request);
      }
      metrics.count('parley_account_limits_reached_total', { account, limit: 'documents' });
      return { kind: 'failed', code: 20_429, rule: 'the account asks for more documents a second than it may' };
    },
  };
}
