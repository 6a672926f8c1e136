import { ensure } from './ensure.ts';
import { node18 } from './node18.ts';
import { PartMissing } from './part.ts';

/** `node --import tsx lab/parts/main.ts`: finds or makes every part, so that tests start from the cache. */
try {
  const progress = (line: string) => {
    process.stderr.write(`${line}\n`);
  };
  await ensure(progress);
  await node18(progress);
} catch (error) {
  if (!(error instanceof PartMissing)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
