/**
 * Commands of the client. It is one bundled file that needs nothing but Node 18, for hosts that have no
 * part of the program, and for the many starts a day of a credential_process.
 */
export const clientCommands = [
  'creds',
  'aws-config',
  'exec',
  'login',
  'logout',
  'secret-id',
  'deliver',
  'launch',
  'bootstrap',
  'run',
  'incident',
  'rotate',
  'ssh',
  'db',
  'certificate',
  'feed',
  'github',
  'git-credential',
] as const;
export type ClientCommandName = (typeof clientCommands)[number];

export function isClientCommand(word: string | undefined): word is ClientCommandName {
  return clientCommands.some((name) => name === word);
}
