import type { ConsumerContract, Contract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';

/** The one consumer of a host, as its contract has it. */
export interface OwnConsumer extends ConsumerContract {
  readonly name: string;
}

/** @throws UserError  the contract is an operator's or a launcher's */
export function ownConsumer(contract: Contract): OwnConsumer {
  const { consumer: name = '', consumers } = contract;
  const own = Object.hasOwn(consumers, name) ? consumers[name] : undefined;
  if (own === undefined) {
    throw new UserError(
      'this contract is of no one consumer: write one for this host with `backbone contract --consumer <name>`',
    );
  }
  return { ...own, name };
}
