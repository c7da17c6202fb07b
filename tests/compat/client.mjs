// Node's own fetch, and ws: `node client.mjs URL ORIGIN_PORT CAN,CAN`.
// One JSON line for each check: {name, ok, detail}.
import { createHash, randomBytes } from 'node:crypto';
import dns from 'node:dns';
import { createRequire } from 'node:module';

const WebSocket = createRequire(`${process.env.HOOKREEL_COMPAT_NODE}/`)('ws');
const [, , base, originPort, can] = process.argv;
const features = new Set(can.split(','));

// *.localhost does not resolve in every libc.
const lookup = dns.lookup;
dns.lookup = (name, ...rest) => lookup(name.endsWith('.localhost') ? '127.0.0.1' : name, ...rest);

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const BLOCK = Uint8Array.from({ length: 65536 }, (_, i) => (i ^ (i >> 8)) & 255);
const bound = () => AbortSignal.timeout(20000);

function same(got, want, what) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
}
async function check(name, run) {
  let timer;
  const late = new Promise((_, no) => (timer = setTimeout(() => no(new Error('not done within 30 s')), 30000)));
  try {
    await Promise.race([run(), late]);
    console.log(JSON.stringify({ name, ok: true, detail: '' }));
  } catch (error) {
    const cause = error.cause ? ` (${error.cause.code ?? ''} ${error.cause.message})` : '';
    console.log(JSON.stringify({ name, ok: false, detail: `${error.message}${cause}` }));
  } finally {
    clearTimeout(timer);
  }
}

await check('fetch POST 2 MiB', async () => {
  const body = randomBytes(2 << 20);
  const seen = await (await fetch(`${base}/echo/x?a=%20x&b=1+2`, { method: 'POST', body, signal: bound() })).json();
  same([seen.length, seen.sha256, seen.target], [body.length, sha256(body), '/echo/x?a=%20x&b=1+2'], 'at the origin');
});

if (features.has('chunked')) {
  await check('fetch of a stream, with FormData after it', async () => {
    const parts = Array.from({ length: 30 }, () => randomBytes(50000));
    const body = new ReadableStream({
      pull(out) {
        const part = parts[this.next++];
        if (part) out.enqueue(part); else out.close();
      },
      next: 0,
    });
    const seen = await (await fetch(`${base}/echo`, { method: 'POST', body, duplex: 'half', signal: bound() })).json();
    same(seen.sha256, sha256(Buffer.concat(parts)), 'sha256 at the origin');
    const form = new FormData();
    form.set('file', new Blob([randomBytes(70000)]), 'f.bin');
    const multi = await (await fetch(`${base}/echo`, { method: 'POST', body: form, signal: bound() })).json();
    same(multi.length > 70000, true, 'the form came whole');
  });
}

await check('fetch of 5 MiB, gzip, redirect, cookies', async () => {
  const hash = createHash('sha256');
  for await (const part of (await fetch(`${base}/big/${5 << 20}`, { signal: bound() })).body) hash.update(part);
  same(hash.digest('hex'), sha256(Buffer.concat(Array(80).fill(BLOCK))), 'sha256');
  same(sha256(Buffer.from(await (await fetch(`${base}/gzip`, { signal: bound() })).arrayBuffer())), sha256(BLOCK), 'gzip');
  const landed = await fetch(`${base}/redirect`, { signal: bound() });
  same([landed.redirected, (await landed.json()).target], [true, '/echo/landed?from=redirect'], 'redirect');
  const cookies = await fetch(`${base}/cookies`, { signal: bound() });
  same(cookies.headers.getSetCookie(), ['first=1; Path=/', 'second=2; Path=/; HttpOnly'], 'Set-Cookie');
});

await check('24 fetches at once', async () => {
  await Promise.all(Array.from({ length: 24 }, async (_, n) => {
    const seen = await (await fetch(`${base}/echo/${n}`, { method: 'PUT', body: 'b'.repeat(n * 100), signal: bound() })).json();
    same([seen.method, seen.target, seen.length], ['PUT', `/echo/${n}`, n * 100], 'echo');
  }));
});

if (features.has('streaming')) {
  await check('fetch reads events as they come', async () => {
    const gate = randomBytes(6).toString('hex');
    const reader = (await fetch(`${base}/sse?gate=${gate}`, { signal: bound() })).body.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader.read()).value;
    await fetch(`http://127.0.0.1:${originPort}/gate/${gate}`, { signal: bound() });
    for (let part; !(part = await reader.read()).done;) text += part.value;
    same(/"opened": ?false/.test(text), false, 'the gate timed out');
    same(text.match(/^id: /gm).length, 4, 'events');
  });
  await check('fetch aborted: the origin sees it', async () => {
    const mark = randomBytes(6).toString('hex');
    const abort = new AbortController();
    const answer = await fetch(`${base}/hang/${mark}`, { signal: abort.signal });
    await answer.body.getReader().read();
    abort.abort();
    const seen = await (await fetch(`http://127.0.0.1:${originPort}/hung/${mark}`, { signal: bound() })).json();
    same(seen, { closed: true }, 'within 10 s');
  });
}

if (features.has('websocket')) {
  const url = base.replace('http', 'ws');
  const open = (mark) => new Promise((yes, no) => {
    const ws = new WebSocket(`${url}/ws/${mark}`, ['chat.v2'], { handshakeTimeout: 10000, rejectUnauthorized: false });
    ws.once('open', () => yes(ws));
    ws.once('error', no);
  });
  const next = (ws) => new Promise((yes) => ws.once('message', (data, binary) => yes(binary ? data : data.toString())));

  await check('ws echo and close', async () => {
    const ws = await open('node');
    ws.send('grüße ✓');
    same(await next(ws), 'grüße ✓', 'text');
    const big = randomBytes(700000);
    ws.send(big);
    same(sha256(await next(ws)), sha256(big), 'binary');
    const closed = new Promise((yes) => ws.once('close', (code, reason) => yes([code, reason.toString()])));
    ws.send('close:4003:enough');
    same(await closed, [4003, 'enough'], 'close');
  });
  await check('20 sockets at once', async () => {
    await Promise.all(Array.from({ length: 20 }, async (_, n) => {
      const ws = await open(`many-${n}`);
      ws.send(`socket ${n}`);
      same(await next(ws), `socket ${n}`, 'echo');
      ws.close();
    }));
  });
}

// Idle keep-alive sockets would hold the process for seconds.
process.exit(0);
