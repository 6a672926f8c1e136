import { disasterOnThePath } from './disaster-on-the-path.ts';
import { siteOrSkip } from './site.ts';
import { wholePath } from './whole-path.ts';

const ansible = await siteOrSkip('the whole path on Debian trixie, and back', 'trixie');
wholePath(ansible, 'trixie', disasterOnThePath);
