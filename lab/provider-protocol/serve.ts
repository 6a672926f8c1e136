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
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { cookie, createIdentity, handshakeLine, whenOrphaned } from './go-plugin.ts';

/** Calls of the plugin protocol by their names in the `.proto`. */
export type Calls = Readonly<Record<string, (request: never) => unknown>>;

export interface Plugin {
  /** What it stands in for, e.g. `hashicorp/vault 5.6.0`. */
  readonly standsInFor: string;
  /** Version of Terraform's plugin protocol. */
  readonly protocol: 5 | 6;
  readonly calls: Calls;
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/**
 * Serves a plugin to the Terraform that has started this process, and ends with it.
 *
 * The `.proto` files lie beside the program: a stand-in is one bundle.
 */
export async function serve({ standsInFor, protocol, calls }: Plugin): Promise<void> {
  if (process.env[cookie.name] !== cookie.value) {
    process.stderr.write(
      `This is the STAND-IN for the Terraform provider ${standsInFor} in the lab of ` +
        'credential-backbone.\nIt is a plugin: Terraform starts it, people do not.\n',
    );
    process.exit(1);
  }

  const sockets = mkdtempSync(join(tmpdir(), 'stand-in-'));
  const end = (): never => {
    rmSync(sockets, { recursive: true, force: true });
    process.exit(0);
  };
  // Ctrl-C reaches the whole process group. Terraform decides what it means: it finishes what is under way.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', end);
  whenOrphaned(end);

  const server = new Server({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  });
  const name = `tfplugin${String(protocol)}`;
  server.addService(
    service(`${name}.proto`, name, 'Provider'),
    // Each call knows the type of its own request, which the list cannot say.
    Object.fromEntries(
      Object.entries(calls).map(([call, answer]) => [call, unary(answer)]),
    ) as unknown as UntypedServiceImplementation,
  );
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
    process.stdout.write(handshakeLine(socket, protocol, identity?.der));
  });
}

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
