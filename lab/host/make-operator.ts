/** The operator of the lab that BACKBONE_LAB names, made by the first identity. */
import { makeOperator } from '../../lab/identity.ts';
import { labPaths } from '../../lab/paths.ts';
import { loadDeclaration } from '../../src/config/load.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';

const paths = labPaths();
const { declaration } = await loadDeclaration(paths.declaration);
await makeOperator({ paths, backbone: resolveBackbone(declaration) });
