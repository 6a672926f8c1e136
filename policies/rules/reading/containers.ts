import { at, type Located, type View } from '../../../src/review/reach/view.ts';

export function containers(view: View): readonly Located[] {
  return view.of('proxmox_virtual_environment_container');
}

/** What of this type is about a container, by its number. */
export function ofContainer(view: View, container: Located, type: string): readonly Located[] {
  const vmid = number(container, 'vm_id');
  return vmid === undefined
    ? []
    : view.of(type).filter((one) => number(one, 'container_id') === vmid);
}

/** As a reference gives it, a number is a text. */
function number(located: Located, name: string): string | undefined {
  const value = at(located, name);
  return typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
}
