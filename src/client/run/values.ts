import { createHash } from 'node:crypto';
import type { Contract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';
import type { OwnConsumer } from '../certificate/consumer.ts';
import { readKv } from '../kv.ts';
import type { Connection } from '../openbao.ts';
import type { ValueOf } from './template.ts';

/** All fields of all granted secrets, as they are now. */
export interface Values {
  readonly of: ValueOf;
  /** Variables of the environment, as the contract names them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Changes when a value does, and tells nothing of it. */
  readonly digest: string;
}

/**
 * Reads what the consumer is granted.
 *
 * @throws UserError  one has no value, lacks a declared field, or two want the same variable
 */
export async function readValues(
  connection: Connection,
  contract: Contract,
  consumer: OwnConsumer,
): Promise<Values> {
  const fields = new Map<string, string>();
  const environment: Record<string, string> = {};
  for (const name of consumer.grants.secrets) {
    const secret = contract.secrets[name];
    if (secret === undefined)
      throw new UserError(`the contract grants ${name} and has no path of it`);
    const read = await readKv(connection, secret.path);
    if (read === undefined)
      throw new UserError(`${name} has no value yet: \`backbone secret put\` it`);
    for (const [field, value] of Object.entries(read)) fields.set(key(name, field), value);
    for (const [field, variable] of Object.entries(secret.variables)) {
      const value = read[field];
      if (value === undefined) throw new UserError(`${name} has no field ${field}`);
      if (Object.hasOwn(environment, variable)) {
        throw new UserError(
          `two granted secrets want the variable ${variable}: use --template for one of them`,
        );
      }
      // Node's own refusal of it would quote the value.
      if (value.includes('\0')) {
        throw new UserError(`${name}: ${field} holds a NUL, which no environment can carry`);
      }
      environment[variable] = value;
    }
  }
  return {
    of: (secret, field) => {
      const value = fields.get(key(secret, field));
      if (value === undefined) {
        throw new UserError(
          `a template wants ${secret}.${field}, which is not granted or not there`,
        );
      }
      return value;
    },
    environment,
    digest: createHash('sha256')
      .update(JSON.stringify([...fields].sort()))
      .digest('hex'),
  };
}

const key = (secret: string, field: string) => `${secret}.${field}`;
