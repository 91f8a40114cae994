/** The log: one JSON object a line, by pino. Secrets and phone numbers are struck out (scrub.ts). */
import { type DestinationStream, pino } from 'pino';
import type { Logger } from '../../base/ports.js';
import { scrubbed } from './scrub.js';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export type LeveledLogger = Logger & {
  /** From the next line on. */
  setLevel(level: LogLevel): void;
};

/** Field `error` may hold anything that was thrown. `destination` is standard output unless given. */
export function createLogger(level: LogLevel, destination: DestinationStream = pino.destination(1)): LeveledLogger {
  const log = pino(
    {
      level,
      messageKey: 'event',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => scrubbed(fields) as Record<string, unknown>,
      },
    },
    destination,
  );
  return {
    debug: (event, fields) => log.debug(fields ?? {}, event),
    info: (event, fields) => log.info(fields ?? {}, event),
    warn: (event, fields) => log.warn(fields ?? {}, event),
    error: (event, fields) => log.error(fields ?? {}, event),
    setLevel(next) {
      log.level = next;
    },
  };
}
