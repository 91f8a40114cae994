/** The configured accounts as the rest of the daemon asks for them. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { AccountSid } from '../base/brands.js';
import { type Flavour, flavours } from '../base/flavour.js';
import type { RecordingFormat } from '../recordings/recording.js';
import { type ConfiguredAccount, isOpen } from './account.js';
import { isOfSubject, type ShownSubject } from './certificate-subject.js';

export type OwnLimits = Pick<
  Partial<ConfiguredAccount>,
  | 'conferencesMax'
  | 'participantsMax'
  | 'recordingsMax'
  | 'documentsPerSecond'
  | 'callbacksPerSecond'
  | 'apiRequestsPerSecond'
  | 'streamsMax'
>;

export type Accounts = {
  /** In the order of the configuration. */
  readonly configured: () => readonly Pick<ConfiguredAccount, 'sid' | 'name'>[];
  /** Whom a token opens; null is the absence of one. Null: nobody. */
  readonly opened: (token: string | null) => AccountSid | null;
  /** Whom a certificate opens; null: nobody, or several, so that it would be chance. */
  readonly openedBySubject: (subject: ShownSubject) => AccountSid | null;
  /** May it do what concerns the whole daemon? */
  readonly isOperator: (accountSid: AccountSid) => boolean;
  /** How people call it; null for one that was never configured. */
  readonly nameOf: (accountSid: AccountSid) => string | null;
  /** The first signs, unless a receiver refuses it; empty for an account that is no longer configured. */
  readonly signingKeysOf: (accountSid: AccountSid) => readonly string[];
  /** Where its webhooks may go; null: anywhere. */
  readonly webhookHostsOf: (accountSid: AccountSid) => readonly string[] | null;
  /** Where it is asked to make calls; null: nowhere. */
  readonly originateUrlOf: (accountSid: AccountSid) => string | null;
  /** Null: as the daemon is configured. */
  readonly callbackHorizonHoursOf: (accountSid: AccountSid) => number | null;
  /** What it says of its own limits; what it leaves out is as the daemon is configured. */
  readonly limitsOf: (accountSid: AccountSid) => OwnLimits;
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

/** Of every request, and so without an object of OpenSSL to be collected after each. */
const digestOf = (token: string): Buffer => hash('sha256', token, 'buffer');

/** Compared with where no account is found. */
const nobodysDigest = Buffer.alloc(32);

/**
 * A token is found by its digest, which nobody can choose bit by bit, so that how long the look-up takes says nothing
 * of another's token. Whether it is the right one is then decided by a comparison in constant time, which is made where
 * nothing was found, too: an unknown token takes the same steps as a known one.
 */
function ownerIn(byToken: ReadonlyMap<string, TokenOwner>, token: string | null): AccountSid | null {
  const digest = digestOf(token ?? '');
  const found = byToken.get(digest.toString('base64'));
  const isSame = timingSafeEqual(digest, found?.digest ?? nobodysDigest);
  return token !== null && isSame && found !== undefined ? found.sid : null;
}

type TokenOwner = { readonly sid: AccountSid; readonly digest: Buffer };

const ownersOf = (configured: readonly ConfiguredAccount[]): ReadonlyMap<string, TokenOwner> =>
  new Map(
    configured.flatMap(({ sid, tokens }) =>
      tokens.map(digestOf).map((digest) => [digest.toString('base64'), { sid, digest }] as const),
    ),
  );

/** Accounts that are no longer configured, of which conferences and callbacks may be left; the oldest go first. */
const retiredMax = 1000;

type Tables = {
  /** Those that are no longer configured, too. */
  readonly bySid: ReadonlyMap<AccountSid, ConfiguredAccount>;
  readonly configured: readonly ConfiguredAccount[];
  readonly byToken: ReadonlyMap<string, TokenOwner>;
  readonly open: AccountSid | null;
};

function tablesOf(configured: readonly ConfiguredAccount[], before: Tables | null): Tables {
  const sids = new Set(configured.map(({ sid }) => sid));
  const retired = [...(before?.bySid.values() ?? [])].filter(({ sid }) => !sids.has(sid)).slice(-retiredMax);
  return {
    bySid: new Map([...retired, ...configured].map((account) => [account.sid, account])),
    configured,
    byToken: ownersOf(configured),
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
    configured: () => tables.configured,
    opened: (token) => tables.open ?? ownerIn(tables.byToken, token),
    openedBySubject(subject) {
      const opened = tables.configured.filter(({ certificateSubjects = [] }) =>
        certificateSubjects.some((wanted) => isOfSubject(subject, wanted)),
      );
      return opened.length === 1 ? (opened[0]?.sid ?? null) : null;
    },
    isOperator: (accountSid) => of(accountSid)?.operator ?? false,
    nameOf: (accountSid) => of(accountSid)?.name ?? null,
    signingKeysOf: (accountSid) => of(accountSid)?.signingKeys ?? [],
    webhookHostsOf: (accountSid) => of(accountSid)?.webhookHosts ?? null,
    originateUrlOf: (accountSid) => of(accountSid)?.originateUrl ?? null,
    callbackHorizonHoursOf: (accountSid) => of(accountSid)?.callbackHorizonHours ?? null,
    limitsOf: (accountSid) => of(accountSid) ?? {},
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
