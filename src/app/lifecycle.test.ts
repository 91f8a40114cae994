import { describe, expect, it } from 'vitest';
import { recordingLogger } from '../../test/support/silent.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { type DaemonParts, type Face, shutDown, startUp } from './lifecycle.js';

const never = new Promise<never>(() => {});

const downWithin = (withinMs: number) => ({ drainMs: 30_000, hurried: never, withinMs });

function daemonOf(wishes: Partial<DaemonParts> = {}) {
  const clock = new VirtualClock();
  const logger = recordingLogger();
  const steps: string[] = [];
  const did = (step: string) => async (): Promise<void> => {
    steps.push(step);
  };
  const face = (name: string, port: number): Face => ({
    name,
    listen: async () => {
      steps.push(`${name} listens`);
      return port;
    },
    admit: () => {},
    close: did(`${name} closes`),
  });
  const parts: DaemonParts = {
    engine: { start: did('engine starts'), stop: did('engine stops') },
    liveness: {
      start: () => steps.push('liveness starts'),
      stop: () => steps.push('liveness stops'),
      stalled: () => [],
    },
    brownOut: { start: () => steps.push('watching starts'), stop: () => steps.push('watching stops') },
    collector: { start: () => steps.push('collector starts'), stop: () => steps.push('collector stops') },
    quality: { start: () => steps.push('sampling starts'), stop: () => steps.push('sampling stops') },
    dispatcher: {
      start: () => steps.push('dispatcher starts'),
      stop: async (withinMs) => {
        steps.push(`dispatcher stops within ${withinMs}`);
        return 0;
      },
      receivers: () => ({ quick: 0, unproven: 0, unreachable: 0 }),
    },
    store: {
      recover: async () => {
        steps.push('store recovers');
        return 0;
      },
      close: did('store closes'),
    },
    tracing: { close: did('spans are sent') },
    recordings: {
      start: did('recordings go on'),
      idle: did('recordings are finished'),
      stop: () => steps.push('recordings stop'),
      close: did('recordings close'),
    },
    parley: {
      goDown: async (withinMs) => {
        steps.push(`drains within ${withinMs}`);
      },
      endAll: did('conferences end'),
    },
    faces: [face('grpc', 7300), face('http', 7301)],
    webhooks: { close: did('webhooks close') },
    jobs: { close: did('jobs stop') },
    clock,
    logger,
    ...wishes,
  };
  return { parts, steps, clock, logger, face };
}

describe('startUp', () => {
  it('brings up whoever is asked before who asks, and tells the ports', async () => {
    const { parts, steps } = daemonOf();
    expect(await startUp(parts)).toEqual([7300, 7301]);
    expect(steps).toEqual([
      'engine starts',
      'store recovers',
      'recordings go on',
      'liveness starts',
      'sampling starts',
      'watching starts',
      'collector starts',
      'dispatcher starts',
      'grpc listens',
      'http listens',
    ]);
  });

  it('takes down what came up when something does not', async () => {
    const { parts, steps, face } = daemonOf();
    const inUse: Face = { ...face('http', 0), listen: () => Promise.reject(new Error('address in use')) };
    await expect(startUp({ ...parts, faces: [face('grpc', 7300), inUse] })).rejects.toThrow('address in use');
    expect(steps.slice(-8)).toEqual([
      'dispatcher stops within 0',
      'grpc closes',
      'recordings close',
      'webhooks close',
      'jobs stop',
      'store closes',
      'engine stops',
      'spans are sent',
    ]);
  });
});

describe('shutDown', () => {
  it('ends conferences, tells what that makes, closes faces, stops the shards', async () => {
    const { parts, steps } = daemonOf();
    await shutDown(parts, downWithin(20_000));
    expect(steps).toEqual([
      'drains within 30000',
      'conferences end',
      'recordings are finished',
      'dispatcher stops within 18000',
      'liveness stops',
      'sampling stops',
      'watching stops',
      'collector stops',
      'recordings stop',
      'dispatcher stops within 0',
      'http closes',
      'grpc closes',
      'recordings close',
      'webhooks close',
      'jobs stop',
      'store closes',
      'engine stops',
      'spans are sent',
    ]);
  });

  it('goes on when a step hangs, within the deadline', async () => {
    const hanging = { goDown: async () => {}, endAll: () => never };
    const { parts, steps, clock, logger } = daemonOf({ parley: hanging });
    const down = shutDown(parts, downWithin(10_000));
    await clock.advance(10_000);
    await down;
    expect(steps).toContain('dispatcher stops within 0');
    expect(steps.at(-1)).toBe('spans are sent');
    expect(logger.lines).toContainEqual({ level: 'warn', event: 'shutdown-step-failed' });
  });

  it('goes on when a step fails', async () => {
    const webhooks = { close: () => Promise.reject(new Error('socket')) };
    const { parts, steps, logger, clock } = daemonOf({ webhooks });
    await shutDown(parts, downWithin(10_000));
    expect(steps.at(-1)).toBe('spans are sent');
    expect(logger.lines).toContainEqual({ level: 'warn', event: 'shutdown-step-failed' });
    expect(clock.pending()).toBe(0);
  });

  it('says how many callbacks were left', async () => {
    const dispatcher = {
      start: () => {},
      stop: async () => 7,
      receivers: () => ({ quick: 0, unproven: 0, unreachable: 0 }),
    };
    const { parts, logger } = daemonOf({ dispatcher });
    await shutDown(parts, downWithin(10_000));
    expect(logger.lines).toContainEqual({ level: 'warn', event: 'callbacks-undelivered' });
  });
});
