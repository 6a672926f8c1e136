import { brokerFile, buildBroker } from './broker.ts';
import { buildClient, bundleFile } from './client.ts';

await buildClient();
process.stderr.write(`bundled the client: ${bundleFile}\n`);
await buildBroker();
process.stderr.write(`bundled the GitHub broker: ${brokerFile}\n`);
