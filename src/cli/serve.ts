/** `parley serve`: the daemon in the foreground. */
import { createLogger } from '../adapters/system/logger.js';
import { err, type Result } from '../base/result.js';
import {
  problemTexts,
  type ReadConfig,
  readWhatIsRight,
  unknownVariables,
  unknownVariableText,
} from '../config/config.js';
import { configSource, type Named } from '../config/config-file.js';
import { problemText } from '../config/problem.js';
import { WrongConfiguration } from '../config/wrong-configuration.js';
import { fileFaults } from '../file-parts.js';
import { startDaemon } from '../main.js';

/** For what is still to be written to the log when it did not come up. */
const lastWordsMs = 1000;

/**
 * Runs until SIGTERM, drains and shuts down within the deadlines of both; a second SIGTERM ends the drain, as a first
 * SIGINT leaves it out, and one more kills it at once. SIGHUP reads the configuration anew. Standard output gets one
 * line of JSON when the daemon listens, standard error the log. Sets the exit status: 2 when the configuration is
 * wrong, 1 when the daemon does not come up.
 */
export async function serve(named: Named): Promise<void> {
  const read = readAnew(named);
  if (!read.ok) {
    complain(read.error);
    process.exitCode = 2;
    return;
  }
  const { config, warnings, problems } = read.value;
  if (problems.length > 0) {
    complain(problemTexts(read.value, await fileFaults(config)));
    process.exitCode = 2;
    return;
  }
  const logger = createLogger(config.logLevel, process.stderr);
  for (const variable of unknownVariables(named.environment)) {
    logger.warn('setting-unknown', { variable, why: unknownVariableText(variable) });
  }
  for (const why of warnings) logger.warn('setting-odd', { why });
  // From here on, so that whoever reads the line below finds a daemon that listens to signals, too.
  const signals = listenToSignals();
  let reload = async (): Promise<void> => logger.warn('config-not-reloaded', { why: 'the daemon is not up yet' });
  process.on('SIGHUP', () => void reload());
  try {
    const daemon = await startDaemon(config, logger, {
      read: () => readAnew(named),
      onSettings: ({ logLevel }) => logger.setLevel(logLevel),
    });
    reload = async () => {
      await daemon.reload();
    };
    process.stdout.write(`${JSON.stringify({ event: 'listening', ...daemon.addresses })}\n`);
    await signals.stop;
    logger.info('stopping');
    await daemon.stop(signals.hurry);
    logger.info('stopped');
  } catch (error) {
    if (error instanceof WrongConfiguration) {
      complain(problemTexts(read.value, error.faults));
      process.exitCode = 2;
      return;
    }
    logger.error('not-started', { why: whyText(error), error });
    process.exitCode = 1;
    // What had come up by then must not keep it: whoever supervises it waits for its status.
    setTimeout(() => process.exit(), lastWordsMs).unref();
  }
}

/** What went wrong, and what that came of. */
function whyText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${whyText(error.cause)}`;
}

function complain(problems: readonly string[]): void {
  process.stderr.write(`${['The configuration is wrong:', ...problems.map((line) => `  ${line}`)].join('\n')}\n`);
}

/** The error when nothing could be made of it at all has one line for each thing that is wrong. */
function readAnew(named: Named): Result<ReadConfig, readonly string[]> {
  const source = configSource(named);
  if (!source.ok) return err([source.error]);
  const read = readWhatIsRight(source.value);
  return read.ok ? read : err(read.error.map(problemText));
}

type Signals = {
  /** Resolves when the daemon is to stop. */
  readonly stop: Promise<void>;
  /** Resolves when nobody waits for conferences to end. */
  readonly hurry: Promise<void>;
};

/**
 * SIGTERM asks to stop, SIGINT to stop in a hurry, as a second SIGTERM does. Whoever is in a hurry and is told kills.
 */
function listenToSignals(): Signals {
  let [toStop, toHurry] = [(): void => {}, (): void => {}];
  const stop = new Promise<void>((resolve) => {
    toStop = resolve;
  });
  const hurry = new Promise<void>((resolve) => {
    toHurry = resolve;
  });
  let [isStopping, isHurried] = [false, false];
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // An exit would wait for the threads of the shards, which nobody has told to end yet.
      if (isHurried) {
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      }
      isHurried = isStopping || signal === 'SIGINT';
      isStopping = true;
      toStop();
      if (isHurried) toHurry();
    });
  }
  return { stop, hurry };
}
