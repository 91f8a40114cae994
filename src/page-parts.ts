/** The part of the composition root that makes the status page. */

import { createStatusPage, type StatusPage, type StatusPageParts } from './adapters/status/status-page.js';
import type { Parley } from './app/parley.js';
import type { Store } from './app/ports.js';
import type { LiveConfig } from './config/live-config.js';

export type PageParts = Pick<StatusPageParts, 'audit' | 'failedLogins' | 'clock' | 'random' | 'metrics' | 'version'> & {
  readonly live: LiveConfig;
  readonly store: Pick<Store, 'health'>;
  /** Those that wait, of all accounts. */
  readonly callbacks: () => {
    readonly queued: number;
    readonly oldestSeconds: number;
    readonly receivers: { readonly unreachable: number };
  };
};

export function createPage(parley: Parley, { live, store, callbacks, ...parts }: PageParts): StatusPage {
  const { opened, isOperator, nameOf } = live.accounts();
  const page = createStatusPage({
    ...parts,
    ...{ application: parley, rooms: parley.live, opened, isOperator, nameOf },
    daemon() {
      const { receivers, ...waiting } = callbacks();
      const { conferences, legs, legsFree, draining } = parley.capacity();
      return {
        ...{ conferences, legs, legsFree },
        isDraining: draining,
        isStoreWell: store.health().ok,
        loadMax: live.settings().tickLoadMax,
        shards: parley.shards(),
        callbacks: { ...waiting, receiversUnreachable: receivers.unreachable },
      };
    },
  });
  live.onAccounts(() => page.accountsChanged());
  return page;
}
