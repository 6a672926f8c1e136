import { ensure } from './ensure.ts';
import { PartMissing } from './part.ts';

/** `node --import tsx lab/parts/main.ts`: finds or makes every part, so that tests start from the cache. */
try {
  await ensure((line) => {
    process.stderr.write(`${line}\n`);
  });
} catch (error) {
  if (!(error instanceof PartMissing)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
