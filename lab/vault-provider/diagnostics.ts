import { ConfigurationError } from './configuration.ts';
import { OpenBaoError, Unreachable } from './openbao.ts';
import { Refused } from './row.ts';

/** A message of the plugin protocol for a person. */
export interface Diagnostic {
  readonly severity: 1 | 2;
  readonly summary: string;
  readonly detail: string;
  readonly attribute?: { readonly steps: readonly { readonly attribute_name: string }[] };
}

const hints: Readonly<Record<number, string>> = {
  403: 'The token may not do this, or has expired.',
  503: 'The server is sealed or a standby that cannot forward: `bao status` tells which.',
};

/** Never holds a request's body nor the token; `secrets` are cut out of what servers say, to be sure. */
export function problem(error: unknown, doing: string, secrets: readonly string[]): Diagnostic {
  const hide = (text: string) =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, '(hidden)'), text);
  const { summary, detail, attribute } = describe(error, doing);
  return { severity: 1, summary: hide(summary), detail: hide(detail), attribute };
}

export function warning(summary: string, detail: string): Diagnostic {
  return { severity: 2, summary, detail };
}

function describe(error: unknown, doing: string): Omit<Diagnostic, 'severity'> {
  if (error instanceof OpenBaoError) {
    const said = error.messages.length === 0 ? ['(no message)'] : error.messages;
    return {
      summary: `OpenBao refused ${doing}`,
      detail: [
        `${error.method} /v1/${error.path} was answered with ${String(error.status)}:`,
        ...said.map((message) => `  * ${message.trim()}`),
        hints[error.status] ?? '',
      ]
        .join('\n')
        .trimEnd(),
    };
  }
  if (error instanceof ConfigurationError) {
    const steps = error.attribute === undefined ? [] : [{ attribute_name: error.attribute }];
    return {
      summary: 'The vault provider (stand-in) is not configured',
      detail: error.message,
      attribute: steps.length === 0 ? undefined : { steps },
    };
  }
  if (error instanceof Unreachable) {
    return { summary: `OpenBao cannot be asked: ${doing}`, detail: error.message };
  }
  if (error instanceof Refused)
    return { summary: `Could not complete ${doing}`, detail: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { summary: `The stand-in failed: ${doing}`, detail: message };
}
