/** What each setting allows for itself but not together with the others. */
import { isOpen } from './account.js';
import { isAnyAddress, isLoopback, listenAddressText } from './address.js';
import { certificateSubjectText } from './certificate-subject.js';
import type { Fault } from './problem.js';
import type { Config } from './settings.js';

const listeners = ['grpcListen', 'httpListen', 'restListen'] as const;

const pairs = [
  ['s3AccessKeyFile', 's3SecretKeyFile'],
  ['grpcTlsCertFile', 'grpcTlsKeyFile'],
  ['httpTlsCertFile', 'httpTlsKeyFile'],
  ['restTlsCertFile', 'restTlsKeyFile'],
] as const;

export const contradictions = (config: Config): readonly Fault[] => [
  ...ofAddresses(config),
  ...ofPairs(config),
  ...ofTls(config),
  ...ofStorage(config),
  ...ofTracing(config),
  ...ofAccounts(config),
];

function ofAddresses(config: Config): readonly Fault[] {
  const problems: Fault[] = [];
  if (isAnyAddress(config.mediaAdvertise)) {
    const rule = 'must name the address that callers send to when mediaBind is every address';
    problems.push({ path: ['mediaAdvertise'], rule });
  }
  const open = config.accounts.filter(isOpen).map(({ name }) => name);
  const taken = new Map<string, string>();
  for (const name of listeners) {
    const address = config[name];
    if (!isLoopback(address.host) && open.length > 0) {
      problems.push({
        path: [name],
        rule:
          `${address.host} can be reached from other machines, and anybody could use the account ` +
          `${open.join(', ')}: give every account tokens`,
      });
    }
    const text = listenAddressText(address);
    const other = taken.get(text);
    if (other !== undefined && address.port !== 0) {
      problems.push({ path: [name], rule: `${text} is where ${other} listens, too` });
    }
    taken.set(text, name);
  }
  return problems;
}

function ofPairs(config: Config): readonly Fault[] {
  return pairs.flatMap(([one, another]) => {
    if ((config[one] === undefined) === (config[another] === undefined)) return [];
    const [given, other] = config[one] === undefined ? [another, one] : [one, another];
    return [{ path: [given], rule: `is of no use without ${other}` }];
  });
}

function ofTls(config: Config): readonly Fault[] {
  const problems: Fault[] = [];
  if (config.grpcTlsClientCaFile !== undefined && config.grpcTlsCertFile === undefined) {
    problems.push({ path: ['grpcTlsClientCaFile'], rule: 'is of no use without grpcTlsCertFile' });
  }
  return problems;
}

function ofStorage(config: Config): readonly Fault[] {
  const problems: Fault[] = [];
  if (config.recordingStorage !== 's3') return problems;
  if (config.s3Bucket === undefined) {
    problems.push({ path: ['s3Bucket'], rule: 'must name the bucket when recordingStorage is s3' });
  }
  if (config.s3KmsKeyId !== undefined && config.s3Encryption !== 'sse-kms') {
    problems.push({ path: ['s3KmsKeyId'], rule: 'is of no use unless s3Encryption is sse-kms' });
  }
  return problems;
}

function ofTracing({ tracingEndpoint, tracingHeaders }: Config): readonly Fault[] {
  if (tracingEndpoint !== undefined || Object.keys(tracingHeaders).length === 0) return [];
  return [{ path: ['tracingHeaders'], rule: 'is of no use without tracingEndpoint' }];
}

function ofAccounts({ accounts, grpcTlsClientCaFile }: Config): readonly Fault[] {
  const problems: Fault[] = [];
  const seen = { token: new Map<string, number>(), sid: new Map<string, number>(), subject: new Map<string, number>() };
  const isNew = (kind: keyof typeof seen, value: string, index: number): boolean => {
    const first = seen[kind].get(value) ?? index;
    seen[kind].set(value, first);
    return first === index;
  };
  for (const [index, account] of accounts.entries()) {
    const { sid, tokens, certificateSubjects = [] } = account;
    const refuse = (rule: string, ...below: readonly PropertyKey[]): void => {
      problems.push({ path: ['accounts', index, ...below], rule });
    };
    if (!isNew('sid', sid, index)) refuse('no two accounts may have one sid', 'sid');
    for (const [place, token] of tokens.entries()) {
      if (!isNew('token', token, index)) refuse('no token may open two accounts', 'tokens', place);
    }
    for (const [place, subject] of certificateSubjects.entries()) {
      if (isNew('subject', certificateSubjectText(subject), index)) continue;
      refuse('no certificate may open two accounts', 'certificateSubjects', place);
    }
    if (certificateSubjects.length > 0 && grpcTlsClientCaFile === undefined) {
      refuse('is of no use without grpcTlsClientCaFile', 'certificateSubjects');
    }
    if (accounts.length > 1 && isOpen(account)) refuse('with more than one account each needs tokens');
  }
  return problems;
}
