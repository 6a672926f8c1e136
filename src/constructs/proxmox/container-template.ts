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

/**
 * A container template, downloaded by Proxmox itself.
 *
 * Guarantees: its SHA-512 is checked by Proxmox before the file takes its name; it changes with the
 * declaration only, never because the server behind the URL has another file now. A file of that name
 * that is already in the storage is replaced by the checked one.
 *
 * @throws ConstructError  the file name does not say which distribution it is
 */
export class ContainerTemplate extends Construct {
  /** Volume id, `<storage>:vztmpl/<file>`. */
  readonly fileId: string;
  readonly osType: string;
  private readonly resource: DownloadFile;

  constructor(scope: Construct, id: string, props: ContainerTemplateProps) {
    super(scope, id);
    const [distribution = ''] = props.fileName.split('-');
    const osType = osTypes[distribution];
    if (osType === undefined) {
      throw new ConstructError(
        this,
        `the template "${props.fileName}" should begin with a distribution ` +
          `(${Object.keys(osTypes).join(', ')}) and "-", as Proxmox names them`,
      );
    }
    this.osType = osType;
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
