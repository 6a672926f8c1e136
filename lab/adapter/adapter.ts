import { fileURLToPath } from 'node:url';
import { profileArn, trustAnchorArn } from '../aws/rolesanywhere/arn.ts';
import type { LabPaths } from '../paths.ts';
import { writePrivateFile } from '../private-file.ts';
import type { Command } from '../processes/process.ts';
import type { Backbone } from '../../src/model/backbone.ts';
import { brokerRole } from '../../src/model/names.ts';

const script = fileURLToPath(
  new URL('../../ansible/roles/aws_identity/files/aws-identity-adapter.py', import.meta.url),
);

/**
 * The very adapter that the Ansible role installs on an OpenBao host: a real `aws_signing_helper` gets
 * sessions by certificate, and the AWS engine gets them from it by the container credential protocol.
 */
export async function prepareAdapter(options: {
  readonly paths: LabPaths;
  readonly backbone: Backbone;
  readonly port: number;
  readonly awsUrl: string;
  readonly python: string;
  readonly signingHelper: string;
}): Promise<Command> {
  const { paths, backbone, port, awsUrl, signingHelper } = options;
  const { account, region } = backbone.declaration.aws;
  const place = { id: account, region };
  await writePrivateFile(
    paths.adapterConfig,
    JSON.stringify({
      listen_host: '127.0.0.1',
      listen_port: port,
      token_file: paths.adapterToken,
      certificate_file: paths.hostCertificate,
      status_file: paths.adapterStatus,
      command: [
        signingHelper,
        'credential-process',
        ...['--certificate', paths.hostCertificate, '--private-key', paths.hostKey],
        ...['--role-arn', backbone.brokerRoleArn],
        ...['--profile-arn', profileArn(place, brokerRole)],
        ...['--trust-anchor-arn', trustAnchorArn(place, brokerRole)],
        ...['--endpoint', awsUrl, '--region', region],
      ],
    }),
  );
  return { command: options.python, args: [script, '--config', paths.adapterConfig] };
}

/** Environment of the AWS engine: its identity is what the adapter hands out, and nothing else. */
export function engineEnvironment(paths: LabPaths, port: number): Record<string, string> {
  return {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${String(port)}/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: paths.adapterToken,
    // Whatever this machine's user has in ~/.aws is not OpenBao's.
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
