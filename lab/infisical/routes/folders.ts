import { z } from 'zod';
import { bodyOf, parameter, queryOf, type Call, type Route } from '../call.ts';
import { badRequest, notFound } from '../refusal.ts';
import { newId, type Folder, type State } from '../state.ts';
import { environmentOf, forget, projectById } from './projects.ts';

/** A path without a slash at its end; the root is `/`. */
export function cleanPath(path: string): string {
  return path === '/' ? path : path.replace(/\/+$/, '');
}

/** @throws Refusal  404: no such folder */
export function assertFolder(state: State, envId: string, path: string): void {
  const there = Object.values(state.folders).some(
    (folder) => folder.envId === envId && folder.path === path,
  );
  if (path !== '/' && !there) throw notFound(`Folder with path '${path}' not found`);
}

const nameOf = ({ path }: Folder) => path.slice(path.lastIndexOf('/') + 1);
const below = (parent: string, name: string) => `${parent === '/' ? '' : parent}/${name}`;
const shown = (folder: Folder) => ({ ...folder, name: nameOf(folder) });

const place = {
  workspaceId: z.string(),
  environment: z.string(),
  path: z.string().default('/').transform(cleanPath),
};
const folderName = z.string().regex(/^[a-zA-Z0-9-_]+$/);

function create(call: Call) {
  const { state } = call;
  const given = bodyOf(
    call,
    z.object({ ...place, name: folderName, description: z.string().default('') }),
  );
  const project = projectById(state, given.workspaceId);
  const environment = environmentOf(state, project.id, given.environment);
  const path = below(given.path, given.name);
  // The server makes the folders above, too, where they are missing.
  const names = path.slice(1).split('/');
  let made: Folder | undefined;
  for (const depth of names.keys()) {
    const here = `/${names.slice(0, depth + 1).join('/')}`;
    const own = here === path;
    const there = Object.values(state.folders).find(
      (folder) => folder.envId === environment.id && folder.path === here,
    );
    if (there !== undefined && own) throw badRequest('Folder with same name already exists');
    if (there !== undefined) continue;
    const id = newId();
    made = {
      id,
      projectId: project.id,
      envId: environment.id,
      path: here,
      description: own ? given.description : '',
    };
    state.folders[id] = made;
  }
  if (made === undefined) throw badRequest('Folder with same name already exists');
  return { folder: shown(made) };
}

function byId({ state }: Call, id: string): Folder {
  const found = state.folders[id];
  if (found === undefined) throw notFound(`Folder with ID '${id}' not found`);
  return found;
}

function get(call: Call) {
  const folder = byId(call, parameter(call, 'id'));
  const environment = call.state.environments[folder.envId];
  return {
    folder: {
      ...shown(folder),
      environment: {
        envId: folder.envId,
        envName: environment?.name,
        envSlug: environment?.slug,
      },
    },
  };
}

function update(call: Call) {
  const folder = byId(call, parameter(call, 'id'));
  const given = bodyOf(
    call,
    z.object({ ...place, name: folderName, description: z.string().optional() }),
  );
  const before = folder.path;
  const after = below(given.path, given.name);
  const under = (path: string) => path === before || path.startsWith(`${before}/`);
  const moved = (path: string) => after + path.slice(before.length);
  for (const one of Object.values(call.state.folders)) {
    if (one.envId === folder.envId && under(one.path)) one.path = moved(one.path);
  }
  for (const one of Object.values(call.state.secrets)) {
    if (one.envId === folder.envId && under(one.path)) one.path = moved(one.path);
  }
  folder.description = given.description ?? folder.description;
  return { folder: shown(folder) };
}

function remove(call: Call) {
  const { state } = call;
  const folder = byId(call, parameter(call, 'id'));
  const { forceDelete } = bodyOf(call, z.object({ forceDelete: z.boolean().default(false) }));
  const inside = (item: { readonly envId: string; readonly path: string }) =>
    item.envId === folder.envId &&
    (item.path === folder.path || item.path.startsWith(`${folder.path}/`));
  const holds =
    Object.values(state.secrets).some(inside) ||
    Object.values(state.folders).some((one) => one.id !== folder.id && inside(one));
  if (holds && !forceDelete) {
    throw badRequest('Cannot delete folder: it is not empty. Use forceDelete to delete it anyway.');
  }
  forget(state.secrets, inside);
  forget(state.folders, inside);
  return { folder: shown(folder) };
}

export const folderRoutes: readonly Route[] = [
  { method: 'POST', path: 'v1/folders', who: 'administrator', answer: create },
  { method: 'GET', path: 'v1/folders/:id', who: 'administrator', answer: get },
  { method: 'PATCH', path: 'v1/folders/:id', who: 'administrator', answer: update },
  { method: 'DELETE', path: 'v2/folders/:id', who: 'administrator', answer: remove },
  {
    method: 'GET',
    path: 'v1/folders',
    who: 'administrator',
    answer(call) {
      const { workspaceId, environment, path } = queryOf(call, z.object(place));
      const { id } = environmentOf(call.state, workspaceId, environment);
      return {
        folders: Object.values(call.state.folders)
          .filter((folder) => folder.envId === id && folder.path === below(path, nameOf(folder)))
          .map(shown),
      };
    },
  },
];
