/**
 * What `age --encrypt` made for that identity, decrypted by a shell on a host that has age. Both go there
 * on standard input.
 *
 * @param encrypted  as Latin-1; so is the result
 */
export async function decrypt(
  on: (script: string, stdin: string) => Promise<string>,
  identity: string,
  encrypted: string,
): Promise<string> {
  const length = Buffer.byteLength(identity);
  const both = Buffer.concat([Buffer.from(identity), Buffer.from(encrypted, 'latin1')]);
  const text = await on(
    `umask 077; f=$(mktemp -d); trap 'rm -r "$f"' EXIT
     base64 -d > "$f/all"; head -c ${String(length)} "$f/all" > "$f/key"
     tail -c +${String(length + 1)} "$f/all" > "$f/file"
     age --decrypt --identity "$f/key" "$f/file" | base64 -w0`,
    both.toString('base64'),
  );
  return Buffer.from(text, 'base64').toString('latin1');
}
