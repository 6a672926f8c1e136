import { z } from 'zod';
import { call, OpenBaoError, type Connection } from '../client/openbao.ts';

const keys = z.object({ keys: z.array(z.string()) });
const data = z.record(z.string(), z.unknown());
export type Data = Readonly<Record<string, unknown>>;

/** Reads configuration, and nothing else. */
export class Server {
  constructor(private readonly connection: Connection) {}

  /** @returns nothing where there is none of it, or no such engine */
  async list(path: string): Promise<readonly string[]> {
    const answer = await this.lookFor(() => call(this.connection, { method: 'LIST', path }));
    return answer === undefined ? [] : keys.parse(answer.data).keys;
  }

  /** @returns undefined where it is not there */
  async read(path: string): Promise<Data | undefined> {
    const answer = await this.lookFor(() => call(this.connection, { method: 'GET', path }));
    return answer === undefined ? undefined : data.parse(answer.data);
  }

  /** @returns undefined where the token has ended meanwhile */
  async token(path: string, accessor: string): Promise<Data | undefined> {
    const body = { accessor };
    const answer = await call(this.connection, { method: 'POST', path, body }).catch(
      (error: unknown) => {
        if (String(error).includes('invalid accessor')) return undefined;
        throw error;
      },
    );
    return answer === undefined ? undefined : data.parse(answer.data);
  }

  /** An engine that is not mounted, or has no such path, has nothing there: that it is missing, its mount tells. */
  private async lookFor<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      const status = error instanceof OpenBaoError ? error.status : undefined;
      if (status === 405 || (status === 400 && String(error).includes('no handler for route'))) {
        return undefined;
      }
      throw error;
    }
  }
}
