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

export function accountsOf(configured: readonly ConfiguredAccount[]): Accounts {
  const bySid = new Map(configured.map((account) => [account.sid, account]));
  const byToken = new Map(configured.flatMap(({ sid, tokens }) => tokens.map((token) => [digestOf(token), sid])));
  // Only one account may be so, and only when it is the only one (contradictions.ts).
  const open = configured.find(isOpen)?.sid ?? null;
  return {
    opened: (token) => open ?? (token === null ? null : (byToken.get(digestOf(token)) ?? null)),
    openedBySubject(subject) {
      const opened = configured.filter(({ certificateSubjects = [] }) =>
        certificateSubjects.some((wanted) => isOfSubject(subject, wanted)),
      );
      return opened.length === 1 ? (opened[0]?.sid ?? null) : null;
    },
    signingKeysOf: (accountSid) => bySid.get(accountSid)?.signingKeys ?? [],
    webhookHostsOf: (accountSid) => bySid.get(accountSid)?.webhookHosts ?? null,
    originateUrlOf: (accountSid) => bySid.get(accountSid)?.originateUrl ?? null,
    callbackHorizonHoursOf: (accountSid) => bySid.get(accountSid)?.callbackHorizonHours ?? null,
    restRequestsPerSecondOf: (accountSid) => bySid.get(accountSid)?.restRequestsPerSecond ?? null,
    // Of an account that is no longer configured there may be conferences in the store.
    flavourOf: (accountSid) => flavours[bySid.get(accountSid)?.flavour ?? 'signalwire'],
    recordingNoticeOf: (accountSid) => ({
      beep: bySid.get(accountSid)?.recordingBeep ?? false,
      announceUrl: bySid.get(accountSid)?.recordingAnnounceUrl ?? null,
    }),
    mayRecord: (accountSid) => bySid.get(accountSid)?.mayRecord ?? true,
    recordingTracksOf: (accountSid) => bySid.get(accountSid)?.recordingTracks ?? false,
    recordingFormatsOf: (accountSid) => bySid.get(accountSid)?.recordingFormats ?? null,
  };
}
