import { createSocket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

export interface DnsDouble {
  readonly port: number;
  /** What every name is answered with from now on. */
  answer: string;
  close(): void;
}

const types: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' };
const header = 12;

/** A DNS server (RFC 1035) that answers each name with one address, for a second. */
export async function startDns(answer: string): Promise<DnsDouble> {
  const socket = createSocket('udp4');
  const double = { port: 0, answer, close: () => socket.close() };
  socket.on('message', (query, from) => {
    // The question ends after the empty label, a type and a class.
    const end = query.indexOf(0, header) + 5;
    const question = query.subarray(header, end);
    const wanted = types[query.readUInt16BE(end - 4)];
    const fits = wanted === (isIPv4(double.answer) ? 'A' : 'AAAA');
    const reply = Buffer.alloc(header);
    query.copy(reply, 0, 0, 2);
    reply.writeUInt16BE(0x81_80, 2);
    reply.writeUInt16BE(1, 4);
    reply.writeUInt16BE(fits ? 1 : 0, 6);
    const address = Buffer.from(ipaddr.parse(double.answer).toByteArray());
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc0_0c, 0);
    query.copy(record, 2, end - 4, end);
    record.writeUInt32BE(1, 6);
    record.writeUInt16BE(address.length, 10);
    const parts = fits ? [reply, question, record, address] : [reply, question];
    socket.send(Buffer.concat(parts), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  double.port = socket.address().port;
  return double;
}
