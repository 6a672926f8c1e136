import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import { declarationFile, loadDeclaration } from '../config/load.ts';
import { resolveBackbone } from '../model/backbone.ts';
import { result } from '../output/terminal.ts';
import { envoyBootstrap } from '../proxy/bootstrap.ts';
import { UserError } from '../user-error.ts';
import { readCaFiles } from './ca-file.ts';
import { fileArg, refuseUnknown } from './shared-args.ts';
import { writeWhole } from './write-whole.ts';

const args = {
  ...fileArg,
  out: { type: 'string', valueHint: 'file', description: 'write it there; default: stdout' },
  secrets: {
    type: 'string',
    default: '/run/egress-proxy',
    valueHint: 'directory',
    description: 'where `backbone feed` keeps its files on that host',
  },
  tls: {
    type: 'string',
    default: '/etc/egress-proxy/tls/proxy.pem',
    valueHint: 'file',
    description: 'key and chain of its listeners on that host, in one PEM file',
  },
  name: {
    type: 'string',
    valueHint: 'host name',
    description: 'name that its users call it by, beside its address',
  },
} as const;

export const proxy = defineCommand({
  meta: {
    name: 'backbone proxy',
    description:
      'Write the configuration of Envoy for the injecting egress proxy. Nothing in it is secret.\n\n' +
      'Example: backbone proxy --name egress.example.net --out envoy.json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    const { declaration, directory } = await loadDeclaration(
      given.file ?? declarationFile(process.env),
    );
    const { proxy: declared } = resolveBackbone(declaration, directory);
    if (declared === undefined)
      throw new UserError('no proxy is declared: write the section proxy');
    const { address } = declared;
    const cut = given.tls.lastIndexOf('/');
    const config = envoyBootstrap(declared, {
      address,
      names: [
        address.includes(':') ? `[${address}]` : address,
        ...(given.name === undefined ? [] : [given.name]),
      ],
      secrets: given.secrets,
      tls: { directory: given.tls.slice(0, cut), file: given.tls.slice(cut + 1) },
      authorities: await readCaFiles(
        Object.fromEntries(declared.upstreams.map((upstream) => [upstream.name, upstream])),
        directory,
        'proxy.upstreams',
      ),
    });
    const text = JSON.stringify(config, undefined, 2);
    if (given.out === undefined) result(text);
    else await writeWhole(resolve(given.out), `${text}\n`);
    return 0;
  },
});
