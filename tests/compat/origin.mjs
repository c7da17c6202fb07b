// The Node origin of the compatibility run: `node origin.mjs PORT`.
// First line on stdout: {"type":"ready","port":N}.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';

// ws lives in the test cache, not beside this file.
const { WebSocketServer } = createRequire(`${process.env.HOOKREEL_COMPAT_NODE}/`)('ws');

const GATE_MS = 5000;
const EVENTS = 4;
const BLOCK = Buffer.from(Uint8Array.from({ length: 65536 }, (_, i) => (i ^ (i >> 8)) & 255));

// Named facts that one request states and another waits for.
const facts = new Map();
function fact(name) {
  if (!facts.has(name)) {
    let state;
    const promise = new Promise((resolve) => (state = resolve));
    facts.set(name, { promise, state });
  }
  return facts.get(name);
}
function waitFor(name, ms) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms, undefined)));
  return Promise.race([fact(name).promise, late]).finally(() => clearTimeout(timer));
}

const pairs = (raw) => Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i], raw[2 * i + 1]]);

async function echo(req, res, status = 200) {
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of req) {
    hash.update(chunk);
    length += chunk.length;
  }
  json(res, status, {
    server: 'node', method: req.method, target: req.url, headers: pairs(req.rawHeaders),
    length, sha256: hash.digest('hex'), trailers: pairs(req.rawTrailers),
  });
}

function json(res, status, value) {
  const body = Buffer.from(JSON.stringify(value));
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  res.end(body);
}

async function big(res, total, fixed) {
  res.writeHead(200, { 'content-type': 'application/octet-stream', ...(fixed && { 'content-length': total }) });
  for (let sent = 0; sent < total && !res.destroyed;) {
    const part = BLOCK.subarray(0, Math.min(BLOCK.length, total - sent));
    sent += part.length;
    if (!res.write(part)) await new Promise((go) => { res.once('drain', go); res.once('close', go); });
  }
  res.end();
}

async function sse(res, gate) {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (let n = 0; n < EVENTS; n++) {
    // Behind a gate the rest comes only once the reader says that it has the
    // first event: a tunnel that buffers cannot pass, however fast it is.
    const opened = n === 1 && gate ? await waitFor(`gate/${gate}`, GATE_MS) : true;
    if (n > 0) await new Promise((go) => setTimeout(go, 50));
    res.write(`id: ${n}\ndata: ${JSON.stringify({ n, opened: opened !== undefined })}\n\n`);
  }
  res.end('event: end\ndata: {}\n\n');
}

async function route(req, res) {
  const url = new URL(req.url, 'http://origin');
  const [, head, ...rest] = url.pathname.split('/');
  const arg = rest.join('/');
  switch (head) {
    case 'echo': return echo(req, res);
    case 'sse': return sse(res, url.searchParams.get('gate'));
    case 'gate': fact(`gate/${arg}`).state(true); return json(res, 200, { opened: arg });
    case 'slow': return void setTimeout(json, Number(url.searchParams.get('ms')), res, 200, { slow: true });
    case 'big': return big(res, Number(arg), url.searchParams.has('length'));
    case 'redirect': res.writeHead(302, { location: '/echo/landed?from=redirect' }); return void res.end();
    case 'cookies':
      res.writeHead(200, { 'set-cookie': ['first=1; Path=/', 'second=2; Path=/; HttpOnly'], 'content-length': 0 });
      return void res.end();
    case 'status': {
      const status = Number(arg);
      if (status === 204 || status === 304) { res.writeHead(status, { etag: '"e"' }); return void res.end(); }
      return json(res, status, { status });
    }
    case 'gzip': {
      const body = gzipSync(BLOCK);
      res.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length, 'content-type': 'application/octet-stream' });
      return void res.end(body);
    }
    case 'trailers':
      res.writeHead(200, { 'content-type': 'text/plain', trailer: 'X-Checksum' });
      res.write('body with ');
      res.addTrailers({ 'X-Checksum': 'abc123' });
      return void res.end('a trailer');
    case 'early-hints':
      res.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
      return json(res, 200, { hinted: true });
    case 'early-answer':
      // Answers while the request's body is still under way, then takes the rest.
      json(res, 413, { refused: true });
      return void req.resume();
    case 'hang':
      res.writeHead(200, { 'content-type': 'text/plain' });
      res.write('begun\n');
      return void res.once('close', () => fact(`hung/${arg}`).state(true));
    case 'hung': return json(res, 200, { closed: (await waitFor(`hung/${arg}`, 10000)) ?? false });
    case 'closed': return json(res, 200, { code: (await waitFor(`closed/${arg}`, 5000)) ?? null });
    case 'page': {
      const body = readFileSync(new URL('page.html', import.meta.url));
      res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': body.length });
      return void res.end(body);
    }
    case 'report':
      if (req.method === 'GET') return json(res, 200, { report: (await waitFor(`report/${arg}`, 30000)) ?? null });
      return collect(req, (text) => { fact(`report/${arg}`).state(text); json(res, 200, {}); });
    case 'continue': return echo(req, res);
    default: return json(res, 404, { unknown: url.pathname });
  }
}

function collect(req, done) {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => done(Buffer.concat(chunks).toString()));
}

const server = createServer((req, res) => {
  route(req, res).catch((error) => { if (!res.destroyed) res.destroy(error); });
});
server.on('checkContinue', (req, res) => {
  if (req.url.startsWith('/continue/refuse')) return json(res, 403, { refused: true });
  res.writeContinue();
  route(req, res).catch((error) => { if (!res.destroyed) res.destroy(error); });
});

const sockets = new WebSocketServer({
  noServer: true, perMessageDeflate: true, maxPayload: 16 << 20,
  handleProtocols: (offered) => (offered.has('chat.v2') ? 'chat.v2' : false),
});
server.on('upgrade', (req, socket, head) => {
  if (!req.url.startsWith('/ws')) return void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  sockets.handleUpgrade(req, socket, head, (ws) => {
    const token = req.url.split('/')[2];
    ws.on('message', (data, binary) => {
      const close = !binary && /^close:(\d+):(.*)$/.exec(data.toString());
      if (close) ws.close(Number(close[1]), close[2]);
      else ws.send(data, { binary });
    });
    ws.on('close', (code) => fact(`closed/${token}`).state(code));
    ws.on('error', () => {});
  });
});

server.listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log(JSON.stringify({ type: 'ready', port: server.address().port }));
});
