/** How those in a conference hear that it is recorded. */
import { describe, expect, it } from 'vitest';
import { announceRecording } from './sound-host-of-runner.js';

const announceUrl = 'https://app.example/recorded';

/** What was asked for, in order; a beep ends when the test says so. */
function listening() {
  const asked: string[] = [];
  let end = (): void => {};
  const sounds = {
    beepToAll: (over: () => void) => {
      asked.push('beep');
      end = over;
    },
    announce: ({ target }: { readonly target: { readonly url: string } }) => {
      asked.push(target.url);
      return true;
    },
  };
  return { asked, sounds, endBeep: () => end() };
}

describe('who is recorded', () => {
  it('hears the announcement once the beep is over', () => {
    const { asked, sounds, endBeep } = listening();
    announceRecording(sounds, { beep: true, announceUrl });
    expect(asked).toEqual(['beep']);
    endBeep();
    expect(asked).toEqual(['beep', announceUrl]);
  });

  it('hears one of them alone, at once, or neither', () => {
    for (const [notice, heard] of [
      [{ beep: false, announceUrl }, [announceUrl]],
      [{ beep: true, announceUrl: null }, ['beep']],
      [{ beep: false, announceUrl: null }, []],
    ] as const) {
      const { asked, sounds, endBeep } = listening();
      announceRecording(sounds, notice);
      endBeep();
      expect(asked).toEqual(heard);
    }
  });
});
