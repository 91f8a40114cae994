/** `parley serve`: the daemon in the foreground. */
import { readFileSync } from 'node:fs';
import { createLogger } from '../adapters/system/logger.js';
import { type Config, type Environment, fileVariable, parseConfig, unknownVariables } from '../config/config.js';
import { startDaemon } from '../main.js';

export type ServeOptions = {
  readonly environment: Environment;
  /** Path of a configuration file; left out: the one PARLEY_CONFIG names, if any. */
  readonly configFile?: string;
};

/**
 * Runs until SIGTERM or SIGINT, then shuts down within its deadline; a second signal kills it at once. Standard output
 * gets one line of JSON when the daemon listens, standard error the log. Sets the exit status: 2 when the
 * configuration is wrong, 1 when the daemon does not come up.
 */
export async function serve({ environment, configFile }: ServeOptions): Promise<void> {
  const config = readConfig(environment, configFile ?? environment[fileVariable]);
  if (config === null) {
    process.exitCode = 2;
    return;
  }
  const logger = createLogger(config.logLevel, process.stderr);
  for (const variable of unknownVariables(environment)) logger.warn('setting-unknown', { variable });
  // From here on, so that whoever reads the line below finds a daemon that listens to signals, too.
  const toldToStop = untilToldToStop();
  try {
    const daemon = await startDaemon(config, logger);
    process.stdout.write(`${JSON.stringify({ event: 'listening', ...daemon.addresses })}\n`);
    await toldToStop;
    logger.info('stopping');
    await daemon.stop();
    logger.info('stopped');
  } catch (error) {
    logger.error('not-started', { error });
    process.exitCode = 1;
  }
}

/** Null when something is wrong, which was said on standard error. */
function readConfig(environment: Environment, path: string | undefined): Config | null {
  const complain = (lines: readonly string[]): null => {
    process.stderr.write(`${['The configuration is wrong:', ...lines.map((line) => `  ${line}`)].join('\n')}\n`);
    return null;
  };
  let file: string | null = null;
  try {
    if (path !== undefined) file = readFileSync(path, 'utf8');
  } catch (error) {
    return complain([`${fileVariable}: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const config = parseConfig({ environment, file });
  return config.ok ? config.value : complain(config.error);
}

function untilToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        // An exit would wait for the threads of the shards, which nobody has told to end yet.
        if (isTold) {
          process.removeAllListeners(signal);
          process.kill(process.pid, signal);
        }
        isTold = true;
        resolve();
      });
    }
  });
}
