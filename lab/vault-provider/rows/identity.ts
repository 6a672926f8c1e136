import { segment, type OpenBao } from '../openbao.ts';
import { Refused, type Row } from '../row.ts';

export const entity: Row = {
  rules: { external_policies: { default: false } },
  async write(bao, change) {
    const external = change.get('external_policies') === true;
    if (change.id === undefined) {
      const set = ['metadata', 'disabled', ...(external ? [] : ['policies'])];
      const answer = await bao.write('identity/entity', {
        name: change.text('name'),
        ...Object.fromEntries(
          set.filter((name) => change.has(name)).map((n) => [n, change.get(n)]),
        ),
      });
      if (answer === null) {
        throw new Refused(`an entity named "${change.text('name')}" is there already; import it`);
      }
      change.made(String(answer.data?.['id']));
      return;
    }
    await bao.write(`identity/entity/id/${segment(change.id)}`, {
      name: change.orZero('name'),
      metadata: change.orZero('metadata'),
      disabled: change.orZero('disabled'),
      external_policies: external,
      ...(external ? {} : { policies: change.orZero('policies') }),
    });
  },
  async read(bao, id) {
    const answer = await bao.read(`identity/entity/id/${segment(id)}`);
    if (answer === null) return undefined;
    const { name, metadata, disabled, policies } = answer.data ?? {};
    return { name, metadata, disabled, policies };
  },
  async remove(bao, id) {
    await bao.remove(`identity/entity/id/${segment(id)}`);
  },
};

const aliasFields = ['name', 'mount_accessor', 'canonical_id', 'custom_metadata'] as const;

export const entityAlias: Row = {
  rules: {},
  async write(bao, change) {
    const body = Object.fromEntries(aliasFields.map((name) => [name, change.orZero(name)]));
    if (change.id !== undefined) {
      await bao.write(`identity/entity-alias/id/${segment(change.id)}`, body);
      return;
    }
    const name = change.text('name');
    const mountAccessor = change.text('mount_accessor');
    if (await aliasExists(bao, name, mountAccessor)) {
      throw new Refused(
        `the entity alias "${name}" is there already on the mount ${mountAccessor}`,
      );
    }
    const answer = await bao.write('identity/entity-alias', body);
    if (answer === null) throw new Refused(`the server made no entity alias "${name}"`);
    change.made(String(answer.data?.['id']));
  },
  async read(bao, id) {
    const answer = await bao.read(`identity/entity-alias/id/${segment(id)}`);
    if (answer === null) return undefined;
    return Object.fromEntries(aliasFields.map((name) => [name, answer.data?.[name]]));
  },
  async remove(bao, id) {
    await bao.remove(`identity/entity-alias/id/${segment(id)}`);
  },
};

/** The server would take a second one with the same name as an update of the first. */
async function aliasExists(bao: OpenBao, name: string, accessor: string): Promise<boolean> {
  const answer = await bao.write('identity/lookup/entity', {
    alias_name: name,
    alias_mount_accessor: accessor,
  });
  const aliases = (answer?.data?.['aliases'] ?? []) as readonly Record<string, unknown>[];
  return aliases.some((each) => each['name'] === name && each['mount_accessor'] === accessor);
}
