import type { IConstruct } from 'constructs';

/** A construct was given props that cannot work together; the message carries the construct path. */
export class ConstructError extends Error {
  override readonly name = 'ConstructError';

  constructor(scope: IConstruct, message: string) {
    super(`${scope.node.path}: ${message}`);
  }
}
