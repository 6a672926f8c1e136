import { ApiError, ConfigurationError } from './api.ts';

/** A message of the plugin protocol for a person. */
export interface Diagnostic {
  readonly severity: 1 | 2;
  readonly summary: string;
  readonly detail: string;
}

/** Never holds a request's body; `secrets` are cut out of what servers say, to be sure. */
export function problem(error: unknown, doing: string, secrets: readonly string[]): Diagnostic {
  const hide = (text: string) =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, '(hidden)'), text);
  const { summary, detail } = describe(error, doing);
  return { severity: 1, summary: hide(summary), detail: hide(detail) };
}

function describe(error: unknown, doing: string): Omit<Diagnostic, 'severity'> {
  if (error instanceof ApiError) {
    const { method, path, status, message } = error;
    const hint = message.includes('plan restriction')
      ? '\nThis server has no paid plan: write plan: free in the declaration, and let the firewall of ' +
        'Infisical stand in (output infisical_firewall).'
      : '';
    return {
      summary: `Infisical refused ${doing}`,
      detail: `${method} /api/${path} was answered with ${String(status)}: ${message}${hint}`,
    };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return error instanceof ConfigurationError
    ? { summary: 'The infisical provider (stand-in) is not configured', detail }
    : { summary: `Could not complete ${doing}`, detail };
}
