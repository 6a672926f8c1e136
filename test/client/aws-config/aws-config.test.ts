import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { changeConfig } from '../../../src/client/aws-config/config-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'aws-config-'));
const aws = join(directory, '.aws');
const file = join(aws, 'config');
const add = (text: string) => `${text}added\n`;

beforeEach(() => {
  rmSync(aws, { recursive: true, force: true });
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('a change of the configuration', () => {
  it('makes a new file 0600 in a new directory 0700', () => {
    expect(changeConfig(file, add)).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('added\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(aws).mode & 0o777).toBe(0o700);
    expect(readdirSync(aws)).toEqual(['config']);
  });

  it('keeps a link a link, and the mode of what it leads to', () => {
    const real = join(directory, 'dotfiles');
    mkdirSync(aws);
    writeFileSync(real, 'mine\n');
    chmodSync(real, 0o644);
    symlinkSync(real, file);
    changeConfig(file, add);
    expect(readlinkSync(file)).toBe(real);
    expect(readFileSync(real, 'utf8')).toBe('mine\nadded\n');
    expect(statSync(real).mode & 0o777).toBe(0o644);
  });

  it('does not touch a file where nothing changes', () => {
    mkdirSync(aws);
    writeFileSync(file, 'mine\n');
    const { ino } = statSync(file);
    expect(changeConfig(file, (text) => text)).toBe(false);
    expect(statSync(file).ino).toBe(ino);
  });

  it('leaves everything as it was where it is refused, or somebody else writes meanwhile', () => {
    mkdirSync(aws);
    writeFileSync(file, 'mine\n');
    expect(() =>
      changeConfig(file, (text) => {
        writeFileSync(file, 'theirs\n');
        return add(text);
      }),
    ).toThrow('somebody else changed it');
    expect(readFileSync(file, 'utf8')).toBe('theirs\n');
    expect(readdirSync(aws)).toEqual(['config']);
  });

  it('refuses a link to nowhere and a directory', () => {
    mkdirSync(aws);
    symlinkSync(join(directory, 'nowhere'), file);
    expect(() => changeConfig(file, add)).toThrow('link to a file that is not there');
    rmSync(file);
    mkdirSync(file);
    expect(() => changeConfig(file, add)).toThrow('could not be changed (EISDIR)');
  });
});
