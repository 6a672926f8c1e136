import type { Call, Route } from './call.ts';
import type { Values } from './parameters.ts';
import { failed } from './refusal.ts';
import { record } from './tasks.ts';

/** The storages of a fresh installation, on every node, none of them shared. */
export const storages = [
  { storage: 'local', type: 'dir', content: 'iso,vztmpl,backup' },
  { storage: 'local-lvm', type: 'lvmthin', content: 'rootdir,images' },
] as const;

/** @throws Refusal  no such storage, or one that does not take this content */
export function storageFor(name: string, content: 'vztmpl' | 'rootdir'): string {
  const found = storages.find(({ storage }) => storage === name);
  if (found === undefined) throw failed(`storage '${name}' does not exist`);
  if (!found.content.split(',').includes(content)) {
    const what = content === 'rootdir' ? 'container directories' : `content type '${content}'`;
    throw failed(`storage '${name}' does not support ${what}`);
  }
  return name;
}

/** There is no Internet behind the double, so nothing has a size. */
const size = 128 * 1024 * 1024;

function download(call: Call, values: Values): string {
  const { state, path } = call;
  const text = (name: string) => String(values[name] ?? '');
  const node = path['node'] ?? '';
  const storage = storageFor(path['storage'] ?? '', 'vztmpl');
  const volid = `${storage}:${text('content')}/${text('filename')}`;
  if (state.templates.some((template) => template.volid === volid && template.node === node)) {
    throw failed(`refusing to override existing file '${text('filename')}'`);
  }
  const checksum = values['checksum'] === undefined ? undefined : text('checksum');
  if (checksum !== undefined && text('url').includes('/mismatch/')) {
    const got = checksum.replaceAll(/[0-9a-f]/g, '0');
    return record(
      call,
      ...([node, 'download', text('filename')] as const),
      `checksum mismatch: got '${got}' != expect '${checksum}'`,
    );
  }
  state.templates.push({
    ...{ node, storage, volid, size, url: text('url'), checksum },
    checksumAlgorithm:
      values['checksum-algorithm'] === undefined ? undefined : text('checksum-algorithm'),
  });
  return record(call, node, 'download', text('filename'));
}

export const storageRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'nodes/:node/query-url-metadata',
    parameters: { required: { url: 'string' }, optional: { 'verify-certificates': 'boolean' } },
    answer: (_, { url }) => ({
      filename: new URL(String(url)).pathname.split('/').at(-1) ?? '',
      size,
      mimetype: 'application/octet-stream',
    }),
  },
  {
    method: 'POST',
    path: 'nodes/:node/storage/:storage/download-url',
    parameters: {
      required: { content: 'string', filename: 'string', url: 'string' },
      optional: {
        ...{ checksum: 'string', 'checksum-algorithm': 'string', compression: 'string' },
        ...{ 'verify-certificates': 'boolean', node: 'string', storage: 'string' },
      },
    },
    answer: download,
  },
  {
    method: 'GET',
    path: 'nodes/:node/storage/:storage/content',
    parameters: { optional: { content: 'string', vmid: 'integer' } },
    answer: ({ state, path }, { content }) =>
      state.templates
        .filter(({ node, storage }) => node === path['node'] && storage === path['storage'])
        .filter(() => content === undefined || content === 'vztmpl')
        .map(({ volid, size: bytes }) => ({
          ...{ volid, size: bytes, content: 'vztmpl' },
          format: volid.split('.').slice(-2).join('.').replace('tar.', 't'),
        })),
  },
  {
    method: 'DELETE',
    path: 'nodes/:node/storage/:storage/content/:volume',
    answer: (call) => {
      const { state, path } = call;
      const { node = '', storage = '', volume = '' } = path;
      const volid = volume.includes(':') ? volume : `${storage}:${volume}`;
      const at = state.templates.findIndex(
        (template) => template.volid === volid && template.node === node,
      );
      if (at < 0) throw failed(`volume '${volid}' does not exist`);
      state.templates.splice(at, 1);
      return record(call, node, 'imgdel', `${volid.split('/').at(-1) ?? ''}@${storage}`);
    },
  },
  {
    method: 'GET',
    path: 'nodes/:node/storage',
    parameters: { optional: { content: 'string' } },
    answer: () => storages.map((storage) => ({ ...storage, active: 1, enabled: 1, shared: 0 })),
  },
];
