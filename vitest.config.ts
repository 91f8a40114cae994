import { defineConfig } from 'vitest/config';

/** How long `expect.poll` looks for what is sure to come, each 10 ms: a busy machine is no failure. */
const expectation = { poll: { interval: 10, timeout: 15_000 } };

/**
 * `unit` sits beside its source and needs no daemon; `e2e` starts daemons and hears them, one file at a time; `image`
 * does so with the image that tools/image.sh has built.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,tools,test,bench}/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/image/**'],
          // By itself it would leave one processor, of two, to whoever looks on.
          maxWorkers: '100%',
          testTimeout: 20_000,
          hookTimeout: 20_000,
          expect: expectation,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          fileParallelism: false,
          expect: expectation,
        },
      },
      {
        test: {
          name: 'image',
          include: ['test/image/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          fileParallelism: false,
          expect: expectation,
        },
      },
    ],
  },
});
