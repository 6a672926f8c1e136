/** Why a policy document is not understood. */
export class DocumentUnreadable extends Error {
  override readonly name = 'DocumentUnreadable';
}
