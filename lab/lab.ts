import type { Backbone } from '../src/model/backbone.ts';
import type { Parts } from './parts/ensure.ts';
import type { LabPaths } from './paths.ts';
import type { LabRecord } from './record.ts';

/** A lab that runs. */
export interface Lab {
  readonly paths: LabPaths;
  readonly record: LabRecord;
  readonly backbone: Backbone;
  readonly parts: Parts;
}
