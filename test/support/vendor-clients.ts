/** The REST clients of both vendors, as their packages make them: nothing but the host is changed. */
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { createRequire } from 'node:module';
import twilio from 'twilio';
import type { FlavourName } from '../../src/base/flavour.js';

export type VendorConference = {
  readonly sid: string;
  readonly friendlyName: string;
  readonly status: string;
  readonly dateCreated: Date;
  readonly dateUpdated: Date;
};

export type VendorParticipant = {
  readonly callSid: string;
  readonly conferenceSid: string;
  readonly muted: boolean;
  readonly hold: boolean;
  readonly coaching: boolean;
  readonly callSidToCoach: string | null;
  readonly endConferenceOnExit: boolean;
  readonly status: string;
};

export type VendorRecording = { readonly sid: string; readonly status: string };

export type VendorCall = { readonly sid: string; readonly status: string; readonly from: string; readonly to: string };

type Instance<T, Wishes> = {
  fetch(): Promise<T>;
  update(wishes: Wishes): Promise<T>;
};

type Wishes = Readonly<Record<string, unknown>>;

export type VendorPage<T> = {
  readonly instances: readonly T[];
  nextPage(): Promise<VendorPage<T>> | undefined;
  previousPage(): Promise<VendorPage<T>> | undefined;
};

type Listing<T> = {
  list(wishes?: Wishes): Promise<readonly T[]>;
  each(wishes: Wishes, callback?: (item: T) => void): void;
  page(wishes?: Wishes): Promise<VendorPage<T>>;
};

type Participants = Listing<VendorParticipant> & { create(wishes: Wishes): Promise<VendorParticipant> } & ((
    named: string,
  ) => Instance<VendorParticipant, Wishes> & { remove(): Promise<boolean> });

type Recordings = Listing<VendorRecording> &
  ((sid: string) => Instance<VendorRecording, Wishes> & { remove(): Promise<boolean> });

export type VendorClient = {
  readonly conferences: Listing<VendorConference> &
    ((sid: string) => Instance<VendorConference, Wishes> & {
      readonly participants: Participants;
      readonly recordings: Recordings;
    });
  readonly recordings: Recordings;
  readonly calls: Listing<VendorCall> & ((sid: string) => Instance<VendorCall, Wishes>);
};

type SignalWire = {
  RestClient(project: string, token: string, options: { readonly signalwireSpaceUrl: string }): VendorClient;
};

/** `address`: host:port over TLS, whose certificate the authority in `authorityFile` gave. */
export function vendorClient(
  vendor: FlavourName,
  address: string,
  { accountSid, token }: { readonly accountSid: string; readonly token: string },
  authorityFile: string,
): VendorClient {
  if (vendor === 'signalwire') {
    // As NODE_EXTRA_CA_CERTS does at the start of a process; the variable of the other client it would read in vain.
    delete process.env.TWILIO_CA_BUNDLE;
    https.globalAgent.options.ca = readFileSync(authorityFile);
    const { RestClient }: SignalWire = createRequire(import.meta.url)('@signalwire/compatibility-api');
    return RestClient(accountSid, token, { signalwireSpaceUrl: address });
  }
  process.env.TWILIO_CA_BUNDLE = authorityFile;
  const client = twilio(accountSid, token);
  client.api.baseUrl = `https://${address}`;
  return client as unknown as VendorClient;
}
