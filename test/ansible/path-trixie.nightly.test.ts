import { siteOrSkip } from './site.ts';
import { wholePath } from './whole-path.ts';

wholePath(await siteOrSkip('the whole path on Debian trixie', 'trixie'), 'trixie');
