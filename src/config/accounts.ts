/** The configured accounts as the rest of the daemon asks for them. */
import { createHash } from 'node:crypto';
import type { AccountSid } from '../base/brands.js';
import { type Flavour, flavours } from '../base/flavour.js';
import type { RecordingFormat } from '../recordings/recording.js';
import { type ConfiguredAccount, isOpen } from './account.js';
import { isOfSubject, type ShownSubject } from './certificate-subject.js';

export type Accounts = {
  /** Whom a token opens; null is the absence of one. Null: nobody. */
  readonly opened: (token: string | null) => AccountSid | null;
  /** Whom a certificate opens; null: nobody, or several, so that it would be chance. */
  readonly openedBySubject: (subject: ShownSubject) => AccountSid | null;
  /** May it do what concerns the whole daemon? */
  readonly isOperator: (accountSid: AccountSid) => boolean;
  /** The first signs, unless a receiver refuses it; empty for an account that is no longer configured. */
  readonly signingKeysOf: (accountSid: AccountSid) => readonly string[];
  /** Where its webhooks may go; null: anywhere. */
  readonly webhookHostsOf: (accountSid: AccountSid) => readonly string[] | null;
  /** Where it is asked to make calls; null: nowhere. */
  readonly originateUrlOf: (accountSid: AccountSid) => string | null;
  /** Null: as the daemon is configured. */
  readonly callbackHorizonHoursOf: (accountSid: AccountSid) => number | null;
  /** Null: as the daemon is configured. */
  readonly restRequestsPerSecondOf: (accountSid: AccountSid) => number | null;
  readonly flavourOf: (accountSid: AccountSid) => Flavour;
  /** How those in a conference of its are told that it is recorded. */
  readonly recordingNoticeOf: (accountSid: AccountSid) => {
    readonly beep: boolean;
    readonly announceUrl: string | null;
  };
  readonly mayRecord: (accountSid: AccountSid) => boolean;
  /** Have its recordings of conferences tracks, where nothing else is said? */
  readonly recordingTracksOf: (accountSid: AccountSid) => boolean;
  /** Null: as the daemon is configured. */
  readonly recordingFormatsOf: (accountSid: AccountSid) => readonly RecordingFormat[] | null;
};

/** Tokens are looked up by their digest, so that how long it takes tells nothing about them. */
const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Accounts that are no longer configured, of which conferences and callbacks may be left; the oldest go first. */
const retiredMax = 1000;

type Tables = {
  /** Those that are no longer configured, too. */
  readonly bySid: ReadonlyMap<AccountSid, ConfiguredAccount>;
  readonly configured: readonly ConfiguredAccount[];
  readonly byToken: ReadonlyMap<string, AccountSid>;
  readonly open: AccountSid | null;
};

function tablesOf(configured: readonly ConfiguredAccount[], before: Tables | null): Tables {
  const sids = new Set(configured.map(({ sid }) => sid));
  const retired = [...(before?.bySid.values() ?? [])].filter(({ sid }) => !sids.has(sid)).slice(-retiredMax);
  return {
    bySid: new Map([...retired, ...configured].map((account) => [account.sid, account])),
    configured,
    byToken: new Map(configured.flatMap(({ sid, tokens }) => tokens.map((token) => [digestOf(token), sid]))),
    // Only one account may be so, and only when it is the only one (contradictions.ts).
    open: configured.find(isOpen)?.sid ?? null,
  };
}

export type LiveAccounts = Accounts & {
  /** In one step. What is gone opens nothing from now on; what is left of such accounts goes on as they were last. */
  readonly replace: (configured: readonly ConfiguredAccount[]) => void;
};

export function accountsOf(first: readonly ConfiguredAccount[]): LiveAccounts {
  let tables = tablesOf(first, null);
  const of = (accountSid: AccountSid): ConfiguredAccount | undefined => tables.bySid.get(accountSid);
  return {
    replace(configured) {
      tables = tablesOf(configured, tables);
    },
    opened: (token) => tables.open ?? (token === null ? null : (tables.byToken.get(digestOf(token)) ?? null)),
    openedBySubject(subject) {
      const opened = tables.configured.filter(({ certificateSubjects = [] }) =>
        certificateSubjects.some((wanted) => isOfSubject(subject, wanted)),
      );
      return opened.length === 1 ? (opened[0]?.sid ?? null) : null;
    },
    isOperator: (accountSid) => of(accountSid)?.operator ?? false,
    signingKeysOf: (accountSid) => of(accountSid)?.signingKeys ?? [],
    webhookHostsOf: (accountSid) => of(accountSid)?.webhookHosts ?? null,
    originateUrlOf: (accountSid) => of(accountSid)?.originateUrl ?? null,
    callbackHorizonHoursOf: (accountSid) => of(accountSid)?.callbackHorizonHours ?? null,
    restRequestsPerSecondOf: (accountSid) => of(accountSid)?.restRequestsPerSecond ?? null,
    // Of an account that is no longer configured there may be conferences in the store.
    flavourOf: (accountSid) => flavours[of(accountSid)?.flavour ?? 'signalwire'],
    recordingNoticeOf: (accountSid) => ({
      beep: of(accountSid)?.recordingBeep ?? false,
      announceUrl: of(accountSid)?.recordingAnnounceUrl ?? null,
    }),
    mayRecord: (accountSid) => of(accountSid)?.mayRecord ?? true,
    recordingTracksOf: (accountSid) => of(accountSid)?.recordingTracks ?? false,
    recordingFormatsOf: (accountSid) => of(accountSid)?.recordingFormats ?? null,
  };
}
