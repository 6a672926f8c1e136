import { access, constants } from 'node:fs/promises';
import { chromium, type Browser } from 'playwright-core';

/** Debian's Chromium, and the names that others give it. Playwright's own download is not used. */
const places = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** @returns undefined where there is none */
export async function chromiumPath(): Promise<string | undefined> {
  for (const place of places) {
    if (place === undefined) continue;
    const there = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return place;
  }
  return undefined;
}

/** Without a sandbox of its own, which root does not get in a container; it opens only files made by the test. */
export async function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
