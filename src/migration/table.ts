import { secretClasses } from '../config/declaration.ts';
import { aiModelKeys, appRuntimeEnv } from './app-secrets.ts';
import { awsTfState } from './aws-tf-state.ts';
import { bootstrap } from './bootstrap.ts';
import { githubActionsSecrets } from './github-actions.ts';
import { githubApiPush } from './github.ts';
import type { ClassPlan, Place, Row, SecretClass } from './row.ts';
import { unifi } from './unifi.ts';

const plans: Readonly<Record<SecretClass, ClassPlan>> = {
  'aws-tf-state': awsTfState,
  unifi,
  'ai-model-keys': aiModelKeys,
  'app-runtime-env': appRuntimeEnv,
  'github-actions-secrets': githubActionsSecrets,
  'github-api-push': githubApiPush,
  bootstrap,
};

/** The whole migration table; the target path of every row that is deployed is used in this run. */
export async function migrationTable(
  place: Place,
  progress: (line: string) => void,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const name of secretClasses) {
    progress(`trying out ${name}`);
    rows.push(await rowOf(place, name, plans[name]));
  }
  return rows;
}

async function rowOf(place: Place, name: SecretClass, plan: ClassPlan): Promise<Row> {
  const state = place.backbone.declaration.classes[name];
  const missing = plan.missing(place.backbone);
  const checks = missing.length === 0 ? await plan.prove(place) : [];
  const failed = checks.filter(({ outcome }) => outcome !== 'proved');
  return {
    class: name,
    was: plan.was,
    target: plan.target,
    state,
    proved: checks.length > 0 && failed.length === 0,
    checks,
    next: state === 'target' ? undefined : plan.next[state],
    blockedBy: [...missing, ...failed.map(({ what, found }) => `${what}: ${found}`)],
    back: plan.back,
  };
}
