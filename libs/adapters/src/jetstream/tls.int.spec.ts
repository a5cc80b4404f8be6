import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openJetStreamBus } from './bus.ts';
import { tlsOf } from './tls.ts';

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

/** Says that it is a NATS server without TLS, as somebody in between would. */
const plainServer = async (heard: string[]): Promise<number> => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => heard.push(data.toString()));
    socket.write('INFO {"server_id":"x","version":"2.15.2","headers":true,"max_payload":1048576,"proto":1}\r\n');
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
};

describe('a server that is named with tls://', () => {
  it('and says that it has no TLS is not told the password', async () => {
    const heard: string[] = [];
    const servers = `tls://127.0.0.1:${await plainServer(heard)}`;
    await expect(openJetStreamBus({ servers, user: 'gateway', password: 'S3CRET', name: 'test' })).rejects.toThrow();
    expect(heard.join()).not.toContain('S3CRET');
  });

  it.each([
    ['nats://a:1', undefined],
    [['nats://a:1', 'tls://b:2'], {}],
  ])('%j means %j', (servers, wanted) => {
    expect(tlsOf({ servers })).toEqual(wanted);
  });
});
