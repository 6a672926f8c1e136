// ProxyCommand of SSH: standard input and output are one TCP connection, in the network namespace that
// this runs in. usage: connect.mjs ADDRESS PORT
import { connect } from 'node:net';

const [address, port] = process.argv.slice(2);
const socket = connect({ host: address, port: Number(port) });
socket.on('error', ({ message }) => {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
  process.stdin.destroy();
});
process.stdin.pipe(socket).pipe(process.stdout);
