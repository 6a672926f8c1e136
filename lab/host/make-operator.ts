/** The operator of the lab that BACKBONE_LAB names, made by the first identity. Runs in the lab's network. */
import { loadDeclaration } from '../../src/config/load.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { makeOperator } from '../identity.ts';
import { labPaths } from '../paths.ts';

const paths = labPaths();
const { declaration } = await loadDeclaration(paths.declaration);
await makeOperator({ paths, backbone: resolveBackbone(declaration) });
