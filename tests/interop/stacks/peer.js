// peer.js: Node's tls as a foreign peer. It reads jobs from its input and answers in lines of JSON,
// as docs/internals/interop.md says ("Programs of our own").
'use strict';

const fs = require('fs');
const net = require('net');
const readline = require('readline');
const tls = require('tls');

const PATIENCE = 20000; // milliseconds, for one connection
const NO_EMS = 1; // SSL_OP_NO_EXTENDED_MASTER_SECRET, which Node does not name
const NO_ETM = 1 << 19; // SSL_OP_NO_ENCRYPT_THEN_MAC

const say = (job, facts) => process.stdout.write(`${JSON.stringify({ job, ...facts })}\n`);

function optionsOf(words) {
  const colons = (list) => (list ? list.replaceAll(',', ':') : undefined);
  const options = { ca: fs.readFileSync(words.anchors), allowHalfOpen: true, secureOptions: 0,
    ciphers: colons(words.suites), ecdhCurve: colons(words.groups), sigalgs: colons(words.schemes),
    minVersion: `TLSv${words.version || '1.2'}`, maxVersion: `TLSv${words.version || '1.3'}` };
  if (words.alpn) options.ALPNProtocols = words.alpn.split(',');
  if (words.cert) {
    options.cert = fs.readFileSync(words.cert);
    options.key = fs.readFileSync(words.key);
  }
  if (words.ems === 'no') options.secureOptions |= NO_EMS;
  if (words.etm === 'no') options.secureOptions |= NO_ETM;
  return options;
}

const logKeys = (words) => (line) => words.keylog && fs.appendFileSync(words.keylog, line);

function agreed(socket) {
  return { ok: true, version: socket.getProtocol(), suite: socket.getCipher().name,
    alpn: socket.alpnProtocol || null };
}

function client(words) {
  const raw = net.connect({ port: Number(words.port), host: '127.0.0.1', allowHalfOpen: true });
  raw.setNoDelay(true);
  const socket = tls.connect({ ...optionsOf(words), socket: raw, servername: words.name });
  const pieces = [];
  let facts = { ok: false, said: 'it was closed' };
  const cut = words.end === 'truncated';
  socket.setTimeout(PATIENCE, () => socket.destroy(new Error('too slow')));
  socket.on('keylog', logKeys(words));
  socket.on('error', (error) => { facts = { ...facts, ok: false, said: String(error) }; });
  socket.on('secureConnect', () => {
    facts = { ...agreed(socket), ok: cut };
    if (cut) { // and closed without a close_notify
      socket.write('GET / H', () => setTimeout(() => raw.destroy(), 5));
    } else {
      socket.write(`GET ${words.path} HTTP/1.0\r\n\r\n`);
    }
  });
  socket.on('data', (piece) => pieces.push(piece));
  socket.on('end', () => {
    facts.ok = facts.ok || Boolean(facts.version);
    socket.end();
  });
  socket.on('close', () => {
    fs.writeFileSync(words.out, Buffer.concat(pieces));
    say(words.job, facts);
  });
}

// visit serves one connection: it echoes, or answers a request with a page.
function visit(words, socket, page) {
  let request = '';
  const facts = agreed(socket);
  socket.setNoDelay(true);
  socket.setTimeout(PATIENCE, () => socket.destroy());
  socket.on('error', () => {});
  socket.on('close', () => say(words.job, facts));
  if (socket.getPeerCertificate().subject && !socket.authorized) { // one that is optional still has to be good
    facts.ok = false;
    socket.raw.destroy();
    return;
  }
  if (words.echo) {
    socket.pipe(socket);
    return;
  }
  socket.on('data', (piece) => {
    request += piece;
    if (!request.includes('\r\n\r\n')) return;
    const answer = Buffer.concat([Buffer.from('HTTP/1.0 200 OK\r\n\r\n'), page]);
    if (words.end === 'truncated') {
      socket.write(answer, () => setTimeout(() => socket.raw.destroy(), 5));
    } else {
      socket.end(answer);
    }
  });
  socket.on('end', () => socket.end());
}

// serve wraps each connection itself, so that it can be cut below the protocol.
function serve(words) {
  const page = words.page ? fs.readFileSync(words.page) : Buffer.from('a page\n');
  const options = { ...optionsOf(words), requestCert: words.auth !== 'off',
    rejectUnauthorized: words.auth === 'required' };
  const inner = tls.createServer(options, (socket) => visit(words, socket, page));
  inner.on('tlsClientError', (error) => say(words.job, { ok: false, said: String(error) }));
  inner.on('keylog', logKeys(words));
  inner.listen(Number(words.port), '127.0.0.1',
    () => say(words.job, { port: inner.address().port }));
  inner.on('connection', (raw) => { inner.lastRaw = raw; });
  inner.prependListener('secureConnection', (socket) => { socket.raw = inner.lastRaw; });
  return inner;
}

const servers = {};
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const [role, ...fields] = line.trim().split(/\s+/);
  const words = Object.fromEntries(fields.map((field) => {
    const at = field.indexOf('=');
    return [field.slice(0, at), field.slice(at + 1)];
  }));
  try {
    if (role === 'client') client(words);
    if (role === 'server') servers[words.job] = serve(words);
    if (role === 'stop') servers[words.job].close();
  } catch (error) {
    say(words.job, { ok: false, said: String(error) });
  }
}).on('close', () => process.exit(0));
