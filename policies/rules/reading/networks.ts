/** Whether a source address is everybody's, or one that nobody can tell. */
export function isOpen(network: string): boolean {
  const [address = '', bits] = network.split('/');
  const plain = /^[0-9a-f.:]+$/i.test(address);
  return !plain || bits === '0';
}
