import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Contract } from '../contract/contract.ts';
import { parseContract } from '../contract/parse.ts';
import { UserError } from '../user-error.ts';

/** Where a contract is looked for: BACKBONE_CONTRACT alone where it is set, else the person's, else the host's. */
export function contractPlaces(env: NodeJS.ProcessEnv): readonly string[] {
  const named = env['BACKBONE_CONTRACT'];
  if (named !== undefined && named !== '') return [named];
  const config = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config');
  return [
    join(config, 'credential-backbone', 'contract.json'),
    '/etc/credential-backbone/contract.json',
  ];
}

/** @throws UserError  there is none, or it is none; names the file and what is wrong */
export function loadContract(env: NodeJS.ProcessEnv): Contract {
  const places = contractPlaces(env);
  for (const file of places) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw new UserError(`the contract ${file} cannot be read`);
    }
    try {
      return parseContract(JSON.parse(text));
    } catch (error) {
      const why = error instanceof SyntaxError ? 'it is no JSON' : (error as Error).message;
      throw new UserError(
        `${file} is no contract: ${why}; write it again with \`backbone contract --out ${file}\``,
      );
    }
  }
  throw new UserError(
    `there is no contract at ${places.join(' or ')}: make one with \`backbone contract --out <file>\`, ` +
      'or name it with BACKBONE_CONTRACT',
  );
}
