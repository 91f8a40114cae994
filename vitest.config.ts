import { defineConfig } from 'vitest/config';

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
          include: ['{src,tools,test}/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/image/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'image',
          include: ['test/image/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
