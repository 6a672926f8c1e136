import { Construct } from 'constructs';
import { Project as ProjectResource } from '../../../.gen/providers/infisical/project/index.js';
import { ProjectEnvironment } from '../../../.gen/providers/infisical/project-environment/index.js';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';

export interface ProjectProps {
  readonly name: string;
  readonly slug: string;
  readonly description: string;
  readonly environments: readonly {
    readonly slug: string;
    readonly name: string;
    /** From 1. */
    readonly position: number;
  }[];
  /** Neither Terraform nor Infisical deletes it, and with it every value. */
  readonly protection: boolean;
}

/**
 * An Infisical project with exactly the declared environments.
 *
 * @throws ConstructError  a position below 1: the provider would leave it out of a change, and the server
 *   refuses that
 */
export class Project extends Construct {
  readonly projectId: string;
  readonly slug: string;
  private readonly environments = new Map<string, ProjectEnvironment>();

  constructor(scope: Construct, id: string, props: ProjectProps) {
    super(scope, id);
    const project = named(
      new ProjectResource(this, 'Resource', {
        name: props.name,
        slug: props.slug,
        description: props.description,
        type: 'secret-manager',
        shouldCreateDefaultEnvs: false,
        hasDeleteProtection: props.protection,
        lifecycle: { preventDestroy: props.protection ? true : undefined },
      }),
      props.slug,
    );
    // Taken once: each access makes a token of its own, with a stack trace.
    this.projectId = project.id;
    this.slug = project.slug;
    let before: ProjectEnvironment | undefined;
    for (const { slug, name, position } of props.environments) {
      if (!Number.isInteger(position) || position < 1) {
        throw new ConstructError(this, `position ${String(position)} of "${slug}" is below 1`);
      }
      before = named(
        new ProjectEnvironment(this, `environment-${slug}`, {
          projectId: this.projectId,
          slug,
          name,
          position,
          // One after the other: the server moves those behind a new one, so two at once would meet.
          dependsOn: before === undefined ? [] : [before],
          lifecycle: { preventDestroy: props.protection ? true : undefined },
        }),
        slug,
      );
      this.environments.set(slug, before);
    }
  }

  /** The environment, as what lies in it has to wait for it. */
  environment(slug: string): ProjectEnvironment {
    const environment = this.environments.get(slug);
    if (environment === undefined) throw new ConstructError(this, `no environment "${slug}"`);
    return environment;
  }
}
