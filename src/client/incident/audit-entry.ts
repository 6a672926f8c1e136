import {
  has,
  inside,
  object,
  oneOf,
  optionalText,
  text,
  type Shape,
} from '../../contract/shape.ts';

/**
 * What is read of one entry (OpenBao documentation, "Audit devices"). Tokens, accessors and values are hashes
 * there; paths, times and addresses are as they were.
 */
export interface AuditEntry {
  readonly type: 'request' | 'response';
  readonly id: string;
  readonly at: string;
  readonly path: string;
  readonly operation: string;
  readonly from: string;
  /** Whose token it was: role, else display name. */
  readonly who: string;
  /** Hash of the token that asked. */
  readonly token: string | undefined;
  readonly error: string | undefined;
  /** Hashes that were sent as parameters, by name. */
  readonly sent: Readonly<Record<string, string>>;
  /** Hashes in the answer, by name. */
  readonly given: Readonly<Record<string, string>>;
  readonly wrapped:
    { readonly token: string | undefined; readonly accessor: string | undefined } | undefined;
  /** A login, or a token that was made. */
  readonly login: { readonly token: string; readonly accessor: string } | undefined;
  /** Serial number of a certificate that logged in, decimal. */
  readonly serial: string | undefined;
}

/** @throws ShapeError  no audit entry */
export function parseAuditEntry(json: unknown): AuditEntry {
  const entry = object(json, 'entry');
  const request = inside(entry, 'request');
  const auth = optional(entry, 'auth');
  const response = optional(entry, 'response');
  const wrap = response && optional(response, 'wrap_info');
  const login = response && optional(response, 'auth');
  const metadata = auth && optional(auth, 'metadata');
  const words = (shape: Shape | undefined, key: string) =>
    shape !== undefined && has(shape, key) ? textsOf(inside(shape, key)) : {};
  return {
    type: oneOf(entry, 'type', ['request', 'response']),
    id: text(request, 'id'),
    at: text(entry, 'time'),
    path: text(request, 'path'),
    operation: text(request, 'operation'),
    from: optionalText(request, 'remote_address') ?? 'unknown',
    who: textsOf(metadata)['role_name'] ?? textsOf(auth)['display_name'] ?? 'nobody',
    token: textsOf(request)['client_token'],
    error: textsOf(entry)['error'],
    sent: words(request, 'data'),
    given: words(response, 'data'),
    wrapped: wrap && {
      token: textsOf(wrap)['token'],
      accessor: textsOf(wrap)['wrapped_accessor'],
    },
    login:
      login && has(login, 'accessor')
        ? { token: text(login, 'client_token'), accessor: text(login, 'accessor') }
        : undefined,
    serial: textsOf(metadata)['serial_number'],
  };
}

function optional(shape: Shape, key: string): Shape | undefined {
  return has(shape, key) ? inside(shape, key) : undefined;
}

function textsOf(shape: Shape | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(shape?.value ?? {}).filter(
      (member): member is [string, string] => typeof member[1] === 'string' && member[1] !== '',
    ),
  );
}
