import { blocksOf } from '../../src/synthesized/resource.ts';
import { isSet, meansFlag, meansSomething } from './reading/arguments.ts';
import { containers } from './reading/containers.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'container-host-access',
  severity: 'error',
  title: 'A container has nothing of its host',
  explanation:
    'A bind mount, a device or a hook script is a door to the host, and a feature beside nesting loosens ' +
    'what keeps it shut; Proxmox allows them to root alone, so a token of root would be needed, too.',
  fix: 'Remove it; volumes of a storage and `nesting` are all that a container here needs.',
  check: (view) =>
    containers(view).flatMap((located) => {
      const { body } = located.resource;
      const features = blocksOf(body['features']).flatMap((one) =>
        Object.entries(one)
          .filter(
            ([name, value]) =>
              name !== 'nesting' && meansSomething(value) && !meansFlag(value, false),
          )
          .map(([name]) => `features.${name}`),
      );
      const binds = blocksOf(body['mount_point'])
        .filter(({ volume }) => typeof volume !== 'string' || volume.startsWith('/'))
        .map(() => 'mount_point.volume');
      const others = ['device_passthrough', 'hook_script_file_id'].filter((name) =>
        isSet(located, name),
      );
      return [...features, ...binds, ...others].map((part) =>
        found(located, `${part} reaches into the host`, part),
      );
    }),
};
