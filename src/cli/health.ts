/** `parley health`: asks the daemon of this configuration how it is, for whoever supervises it. */
import { get as getInClear } from 'node:http';
import { get as getSecured } from 'node:https';
import { messageOf } from '../base/thrown.js';
import { isAnyAddress } from '../config/address.js';
import { type Config, parseConfig } from '../config/config.js';
import { configSource, type Named } from '../config/config-file.js';

/** Below what supervisors grant a check, so that there is an answer and not a killed process. */
const answerLimitMs = 3000;

export type HealthOptions = {
  /** Whether new conferences may be sent to it; else whether its audio moves. */
  readonly ready: boolean;
  readonly write: (line: string) => void;
  readonly complain: (line: string) => void;
};

/** Where it listens is found as `serve` finds it. False, with what is wrong, when it is not well or does not answer. */
export async function health(named: Named, { ready, write, complain }: HealthOptions): Promise<boolean> {
  const source = configSource(named);
  const config = source.ok ? parseConfig(source.value) : source;
  if (!config.ok) {
    for (const line of [config.error].flat()) complain(line);
    return false;
  }
  const url = urlOf(config.value, ready ? '/readyz' : '/livez');
  try {
    const { status, body } = await ask(url);
    (status === 200 ? write : complain)(body);
    return status === 200;
  } catch (error) {
    complain(`${url.href}: ${messageOf(error)}`);
    return false;
  }
}

function urlOf({ httpListen: { host, port }, httpTlsCertFile }: Config, path: string): URL {
  const near = host === '::' ? '::1' : isAnyAddress(host) ? '127.0.0.1' : host;
  const scheme = httpTlsCertFile === undefined ? 'http' : 'https';
  return new URL(`${scheme}://${near.includes(':') ? `[${near}]` : near}:${port}${path}`);
}

/** The certificate names the daemon as the world calls it, so it proves nothing to one on the same machine. */
function ask(url: URL): Promise<{ readonly status: number; readonly body: string }> {
  const get = url.protocol === 'https:' ? getSecured : getInClear;
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false, rejectUnauthorized: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${answerLimitMs} ms`)), answerLimitMs);
    asked.on('close', () => clearTimeout(timer));
  });
}
