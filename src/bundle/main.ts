import { buildClient, bundleFile } from './client.ts';

await buildClient();
process.stderr.write(`bundled the client: ${bundleFile}\n`);
