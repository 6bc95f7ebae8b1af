// Outbound proxies to test against: HTTP CONNECT (plain or over TLS) and SOCKS5 with an optional login. They note whom they were
// asked for and lead everything to where the test says.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { join as path } from 'node:path';

function join(a, b) {
  a.on('error', () => b.destroy());
  b.on('error', () => a.destroy());
  a.pipe(b);
  b.pipe(a);
}

/** Leads `host:port` to what `resolve` makes of it. */
function dial(target, resolve, connected, refused) {
  const { host, port } = resolve(target);
  const upstream = net.connect({ host, port }, () => connected(upstream));
  upstream.once('error', refused);
}

function listening(server, proxy) {
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(Object.assign(proxy, {
    port: server.address().port,
    stop: () => new Promise((stopped) => { server.close(stopped); for (const socket of sockets) socket.destroy(); }),
  }))));
}

/** A certificate of its own authority for 127.0.0.1: { cert, key } as PEM, and the file of the former. */
export function certificate(directory) {
  const [certFile, keyFile] = [path(directory, 'proxy-cert.pem'), path(directory, 'proxy-key.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-keyout', keyFile, '-out', certFile, '-subj', '/CN=proxy for tests', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'ignore' });
  return { cert: readFileSync(certFile), key: readFileSync(keyFile), certFile };
}

/** `login`: "user:password"; `pair`: { cert, key } makes it an https:// proxy. */
export function httpProxy({ login, resolve, pair }) {
  const proxy = { asked: [], refused: 0 };
  const refuse = (_, answer) => answer.writeHead(405).end();
  const server = pair ? https.createServer(pair, refuse) : http.createServer(refuse);
  server.on('connect', (request, socket) => {
    const wanted = login && `Basic ${Buffer.from(login).toString('base64')}`;
    if (wanted && request.headers['proxy-authorization'] !== wanted) {
      proxy.refused++;
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    proxy.asked.push(request.url);
    dial(request.url, resolve, (upstream) => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      join(socket, upstream);
    }, () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
  });
  return listening(server, proxy);
}

export function socksProxy({ login, resolve }) {
  const proxy = { asked: [], refused: 0 };
  const server = net.createServer((socket) => {
    let state = 'greeting';
    let bytes = Buffer.alloc(0);
    const take = () => {
      if (state === 'greeting') {
        if (bytes.length < 2 || bytes.length < 2 + bytes[1]) return;
        const methods = [...bytes.subarray(2, 2 + bytes[1])];
        bytes = bytes.subarray(2 + bytes[1]);
        const method = login ? 2 : 0;
        if (!methods.includes(method)) { proxy.refused++; socket.end(Buffer.from([5, 0xff])); return; }
        socket.write(Buffer.from([5, method]));
        state = login ? 'login' : 'request';
      } else if (state === 'login') {
        if (bytes.length < 2) return;
        const nameEnd = 2 + bytes[1];
        if (bytes.length < nameEnd + 1 || bytes.length < nameEnd + 1 + bytes[nameEnd]) return;
        const given = `${bytes.subarray(2, nameEnd)}:${bytes.subarray(nameEnd + 1, nameEnd + 1 + bytes[nameEnd])}`;
        bytes = Buffer.alloc(0);
        if (given !== login) { proxy.refused++; socket.end(Buffer.from([1, 1])); return; }
        socket.write(Buffer.from([1, 0]));
        state = 'request';
      } else {
        if (bytes.length < 7 || bytes[3] !== 3 || bytes.length < 7 + bytes[4]) return;
        const host = bytes.subarray(5, 5 + bytes[4]).toString();
        const target = `${host}:${bytes.readUInt16BE(5 + bytes[4])}`;
        proxy.asked.push(target);
        socket.removeAllListeners('data');
        dial(target, resolve, (upstream) => {
          socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
          join(socket, upstream);
        }, () => socket.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])));
      }
    };
    socket.on('data', (piece) => { bytes = Buffer.concat([bytes, piece]); take(); });
  });
  return listening(server, proxy);
}
