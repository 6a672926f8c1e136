import { Construct } from 'constructs';
import { DownloadFile } from '../../../.gen/providers/proxmox/download-file/index.js';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';

export interface ContainerTemplateProps {
  /** Proxmox node that downloads it. */
  readonly node: string;
  /** Storage with the content type `vztmpl`. */
  readonly storage: string;
  readonly url: string;
  /** File name in the storage; its first part names the distribution, e.g. `debian-12-standard_...`. */
  readonly fileName: string;
  /** SHA-512, hexadecimal. */
  readonly sha512: string;
  /** Downloaded before this one: nodes that share the storage write the same file. @default - none */
  readonly after?: ContainerTemplate;
}

/**
 * `ostype` by the first part of a template's name, as Proxmox names its own templates (`pveam available`).
 * Proxmox writes network and host name into a container by this type; the provider's default, `unmanaged`,
 * would leave both out.
 */
const osTypes: Readonly<Record<string, string>> = {
  almalinux: 'centos',
  alpine: 'alpine',
  archlinux: 'archlinux',
  centos: 'centos',
  debian: 'debian',
  devuan: 'devuan',
  fedora: 'fedora',
  gentoo: 'gentoo',
  opensuse: 'opensuse',
  rockylinux: 'centos',
  ubuntu: 'ubuntu',
};

/** What a container is made of. */
export interface Template {
  /** Volume id, `<storage>:vztmpl/<file>`. */
  readonly fileId: string;
  readonly osType: string;
}

/** One that another stack has Proxmox download: its names are those of the declaration, too. */
export function downloadedTemplate(scope: Construct, storage: string, fileName: string): Template {
  return { fileId: `${storage}:vztmpl/${fileName}`, osType: osType(scope, fileName) };
}

function osType(scope: Construct, fileName: string): string {
  const [distribution = ''] = fileName.split('-');
  const found = osTypes[distribution];
  if (found === undefined) {
    throw new ConstructError(
      scope,
      `the template "${fileName}" should begin with a distribution ` +
        `(${Object.keys(osTypes).join(', ')}) and "-", as Proxmox names them`,
    );
  }
  return found;
}

/**
 * A container template, downloaded by Proxmox itself.
 *
 * Guarantees: its SHA-512 is checked by Proxmox before the file takes its name; it changes with the
 * declaration only, never because the server behind the URL has another file now. A file of that name
 * that is already in the storage is replaced by the checked one.
 *
 * @throws ConstructError  the file name does not say which distribution it is
 */
export class ContainerTemplate extends Construct implements Template {
  readonly fileId: string;
  readonly osType: string;
  private readonly resource: DownloadFile;

  constructor(scope: Construct, id: string, props: ContainerTemplateProps) {
    super(scope, id);
    this.osType = osType(this, props.fileName);
    this.resource = named(
      new DownloadFile(this, 'Resource', {
        nodeName: props.node,
        datastoreId: props.storage,
        contentType: 'vztmpl',
        url: props.url,
        fileName: props.fileName,
        checksum: props.sha512,
        checksumAlgorithm: 'sha512',
        overwrite: false,
        overwriteUnmanaged: true,
        dependsOn: props.after === undefined ? undefined : [props.after.resource],
      }),
      `template-${props.node}`,
    );
    this.fileId = this.resource.id;
  }
}
