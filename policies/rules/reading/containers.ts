import { at, type Located, type View } from '../../../src/review/reach/view.ts';

export function containers(view: View): readonly Located[] {
  return view.of('proxmox_virtual_environment_container');
}

/** What of this type is about a container, by its number. */
export function ofContainer(view: View, container: Located, type: string): readonly Located[] {
  const vmid = at(container, 'vm_id');
  if (typeof vmid !== 'number' && typeof vmid !== 'string') return [];
  return view.of(type).filter((one) => String(at(one, 'container_id')) === String(vmid));
}
