import { describe, expect, it } from 'vitest';
import { requirePrograms } from './foreign-program.js';

describe('requirePrograms', () => {
  it('names the Debian packages of what is missing', () => {
    expect(() => requirePrograms(['ffmpeg', 'gst-launch-1.0'], '/nowhere')).toThrow(
      'ffmpeg and gst-launch-1.0 not found: apt-get install ffmpeg gstreamer1.0-tools',
    );
    expect(() => requirePrograms([], '/nowhere')).not.toThrow();
  });
});
