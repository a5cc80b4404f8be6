import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { oneOf, optional, readSettings, secret, share, url, urls, wholeNumber, withDefault } from './settings.ts';

const settings = {
  SKERRY_LEVEL: withDefault(oneOf('how much is logged', ['info', 'debug']), 'info'),
  SKERRY_PORT: wholeNumber('where to listen', { from: 0, to: 65_535 }),
  SKERRY_PASSWORD: optional(secret('of the user')),
  SKERRY_BUS: optional(urls('where the bus is', ['nats', 'tls'])),
};

const refusal = (environment: Record<string, string>): string => {
  try {
    readSettings(settings, environment);
  } catch (error) {
    expect((error as { code: string }).code).toBe('settings');
    return (error as Error).message;
  }
  throw new Error('was not refused');
};

describe('settings', () => {
  it('are read from the environment, with defaults where nobody sets them', () => {
    expect(readSettings(settings, { SKERRY_PORT: '7', PATH: '/bin', SKERRY_BUS: 'nats://a:1, tls://b:2' })).toEqual({
      SKERRY_LEVEL: 'info',
      SKERRY_PORT: 7,
      SKERRY_PASSWORD: undefined,
      SKERRY_BUS: ['nats://a:1', 'tls://b:2'],
    });
  });

  it('that are empty count as not set', () => {
    expect(readSettings(settings, { SKERRY_PORT: '7', SKERRY_LEVEL: '' }).SKERRY_LEVEL).toBe('info');
  });

  it('of which one is missing, malformed or unknown are refused, all at once, with what is allowed', () => {
    const message = refusal({ SKERRY_LEVEL: 'loud', SKERRY_PROT: '7', SKERRY_BUS: 'http://x' });
    expect(message.split('\n')).toEqual([
      'SKERRY_LEVEL is "loud"; allowed: info, debug',
      'SKERRY_PORT is not set: where to listen; allowed: a whole number from 0 to 65535',
      'SKERRY_BUS is "http://x"; allowed: a URL that begins with nats:// or tls://; several with commas between them',
      'SKERRY_PROT is not a setting of this program; there are: SKERRY_BUS, SKERRY_LEVEL, SKERRY_PASSWORD, SKERRY_PASSWORD_FILE, SKERRY_PORT',
    ]);
  });

  it.each(['-1', '65536', '1e3', '7 ', '0x7', 'seven'])('a port of %j is refused', (port) => {
    expect(refusal({ SKERRY_PORT: port })).toContain('allowed: a whole number from 0 to 65535');
  });

  it.each([
    ['0', 0],
    ['1', 1],
    ['0.05', 0.05],
    ['.5', 0.5],
    ['1.0', 1],
  ])('a share of %s is %d', (text, value) => {
    expect(readSettings({ SKERRY_RATIO: share('of requests') }, { SKERRY_RATIO: text })).toEqual({
      SKERRY_RATIO: value,
    });
  });

  it.each(['1.1', '-0.5', '2', '5%', '1e-3', '.'])('a share of %j is refused', (text) => {
    const read = () => readSettings({ SKERRY_RATIO: share('of requests') }, { SKERRY_RATIO: text });
    expect(read).toThrow('allowed: a number from 0 to 1');
  });

  it('that are secret may lie in a file, and are never repeated', () => {
    const dir = mkdtempSync(join(tmpdir(), 'skerry-settings-'));
    try {
      writeFileSync(join(dir, 'password'), 's3cret\n');
      const path = join(dir, 'password');
      expect(readSettings(settings, { SKERRY_PORT: '7', SKERRY_PASSWORD_FILE: path }).SKERRY_PASSWORD).toBe('s3cret');
      expect(refusal({ SKERRY_PORT: '7', SKERRY_PASSWORD_FILE: path, SKERRY_PASSWORD: 'x' })).toBe(
        'SKERRY_PASSWORD and SKERRY_PASSWORD_FILE are both set: set one',
      );
      expect(refusal({ SKERRY_PORT: '7', SKERRY_PASSWORD_FILE: join(dir, 'none') })).toContain('cannot be read');
    } finally {
      rmSync(dir, { recursive: true });
    }
    const secretUrl = { SKERRY_URL: { ...url('a login', ['postgres']), isSecret: true as const } };
    expect(() => readSettings(secretUrl, { SKERRY_URL: 'mysql://u:pass@h' })).toThrow(
      'SKERRY_URL has a value that is not shown here; allowed: a URL that begins with postgres://',
    );
  });
});
