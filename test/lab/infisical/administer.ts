import { Api, type Json } from '../../../lab/infisical-provider/api.ts';
import type { RunningDouble } from './running-double.ts';

export type Administer = (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: Json,
) => Promise<Json>;

/** Calls as the administrator of a running double. */
export async function administer({ url, ca, administrator }: RunningDouble): Promise<Administer> {
  const api = await Api.open({ host: url, ca, ...administrator });
  return (method, path, body) => api.call(method, path, body);
}
