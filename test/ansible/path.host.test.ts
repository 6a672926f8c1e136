import { siteOrSkip } from './site.ts';
import { wholePath } from './whole-path.ts';

wholePath(await siteOrSkip('the whole path from a bare container to a secret'), 'bookworm');
