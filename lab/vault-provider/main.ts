import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  status,
  type handleUnaryCall,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { cookie, createIdentity, handshakeLine, whenOrphaned } from './go-plugin.ts';
import { Provider } from './provider.ts';
import { readSchema } from './schema.ts';

/** The plugin process: started by Terraform, ended by it, and never outliving it. */

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

if (process.env[cookie.name] !== cookie.value) {
  process.stderr.write(
    'This is the STAND-IN for the Terraform provider hashicorp/vault 5.6.0 in the lab of ' +
      'credential-backbone.\nIt is a plugin: Terraform starts it, people do not.\n',
  );
  process.exit(1);
}

const sockets = mkdtempSync(join(tmpdir(), 'vault-stand-in-'));

function end(): never {
  rmSync(sockets, { recursive: true, force: true });
  process.exit(0);
}

// Ctrl-C reaches the whole process group. Terraform decides what it means: it finishes what is under way.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', end);
whenOrphaned(end);

const provider = new Provider(readSchema(here('./vault.json')), process.env);
const nothing = () => ({});

const server = new Server({
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
});
server.addService(service('tfplugin5.proto', 'tfplugin5', 'Provider'), {
  GetSchema: unary(() => provider.getSchema()),
  PrepareProviderConfig: unary(provider.prepareProviderConfig.bind(provider)),
  ValidateResourceTypeConfig: unary(provider.validateResource.bind(provider)),
  ValidateDataSourceConfig: unary(nothing),
  ValidateEphemeralResourceConfig: unary(nothing),
  UpgradeResourceState: unary(provider.upgradeState.bind(provider)),
  Configure: unary(provider.configure.bind(provider)),
  ReadResource: unary(provider.read.bind(provider)),
  PlanResourceChange: unary(provider.plan.bind(provider)),
  ApplyResourceChange: unary(provider.apply.bind(provider)),
  ImportResourceState: unary(provider.importState.bind(provider)),
  ReadDataSource: unary(provider.readData.bind(provider)),
  OpenEphemeralResource: unary(provider.openEphemeral.bind(provider)),
  RenewEphemeralResource: unary(nothing),
  CloseEphemeralResource: unary(nothing),
  Stop: unary(nothing),
});
server.addService(service('go-plugin.proto', 'plugin', 'GRPCController'), {
  Shutdown: unary(() => {
    setImmediate(end);
    return {};
  }),
});

const clientCertificate = process.env['PLUGIN_CLIENT_CERT'] ?? '';
const identity = clientCertificate === '' ? undefined : await createIdentity();
const credentials =
  identity === undefined
    ? ServerCredentials.createInsecure()
    : ServerCredentials.createSsl(
        Buffer.from(clientCertificate),
        [
          {
            private_key: Buffer.from(identity.privateKey),
            cert_chain: Buffer.from(identity.certificate),
          },
        ],
        true,
      );
const socket = join(sockets, 'plugin.sock');
server.bindAsync(`unix:${socket}`, credentials, (error) => {
  if (error !== null) {
    process.stderr.write(`the stand-in cannot listen on ${socket}: ${error.message}\n`);
    end();
  }
  chmodSync(socket, 0o600);
  process.stdout.write(handshakeLine(socket, identity?.der));
});

function service(file: string, packageName: string, name: string) {
  const definition = loadSync(here(`./${file}`), { keepCase: true, longs: Number, defaults: true });
  const loaded = loadPackageDefinition(definition)[packageName] as Record<
    string,
    ServiceClientConstructor
  >;
  const found = loaded[name];
  if (found === undefined) throw new Error(`${file} describes no service ${name}`);
  return found.service;
}

function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    // A promise first, so that a throw of a plain function becomes an answer, too.
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          const details = error instanceof Error ? error.message : String(error);
          callback({ code: status.INTERNAL, details });
        },
      );
  };
}
