import { describe, expect, it } from 'vitest';
import { createLogger, type LogLevel } from './logger.js';

function collecting(level: LogLevel) {
  const lines: string[] = [];
  const logger = createLogger(level, { write: (line) => lines.push(line) });
  return { logger, entries: (): unknown[] => lines.map((line) => JSON.parse(line)) };
}

describe('createLogger', () => {
  it('writes event, level, time and fields as one object', () => {
    const { logger, entries } = collecting('info');
    logger.info('participant-left', { conferenceSid: 'c1', participants: 2 });
    expect(entries()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        event: 'participant-left',
        conferenceSid: 'c1',
        participants: 2,
      },
    ]);
  });

  it('passes over what is below its level', () => {
    const { logger, entries } = collecting('warn');
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    expect(entries()).toMatchObject([
      { event: 'c', level: 'warn' },
      { event: 'd', level: 'error' },
    ]);
  });

  it('strikes out phone numbers and secrets', () => {
    const { logger, entries } = collecting('info');
    logger.info('call-dialed', { from: '+15550100001', call: { to: '+15550100099' }, account: { signingKeys: ['k'] } });
    expect(entries()).toMatchObject([
      { from: '[redacted]', call: { to: '[redacted]' }, account: { signingKeys: '[redacted]' } },
    ]);
  });

  it('writes what was thrown with its stack', () => {
    const { logger, entries } = collecting('info');
    logger.error('shard-failed', { error: new TypeError('lost') });
    expect(entries()).toMatchObject([
      { error: { type: 'TypeError', message: 'lost', stack: expect.stringContaining('logger.test') } },
    ]);
  });
});
