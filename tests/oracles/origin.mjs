// An origin with a path per provider, which lets pass what the provider's library lets pass.
//
// Beside it, under /-/, what the run asks past the tunnel: what there is, requests signed by the
// libraries, other keys to check with, and the address that providers have been given.
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

import { githubExamples, octokitSign } from './libraries.mjs';
import { providers } from './providers.mjs';

let base = '';
// One for a provider, however many ways it has to send.
const shared = {};
for (const { provider, secret } of Object.values(providers)) shared[provider] ??= secret();
const secrets = Object.fromEntries(Object.entries(providers).map(([path, { provider }]) => [path, shared[provider]]));
// What is checked with: where only the provider can sign, another one later.
const keys = { ...secrets };

const ask = {
  list: () => Object.entries(providers).map(([path, { provider, event, secret, clock, early, stricter, asymmetric, tampered }]) =>
    ({ path, provider, event, secret: secrets[path], other: secret(), clock, early, stricter, asymmetric, tampered })),
  public: ({ url }) => void (base = url),
  key: ({ path, key }) => void (keys[path] = key),
  async sign({ path, name, at, wrong, more = '' }) {
    const own = providers[path];
    const body = own.body(at).replace('oracle-mark', `oracle-mark${more}`);
    const target = `/${path}/${name}${own.query?.(body) ?? ''}`;
    const secret = wrong ? own.secret() : secrets[path];
    const headers = await own.sign({ body, at, url: base + target, secret, wrong });
    return { target, headers, body: Buffer.from(body).toString('base64') };
  },
  // Payloads as GitHub sent them, signed.
  examples: () => Promise.all(githubExamples.flatMap(({ name, examples }) => examples.map(async (payload, at) => {
    const body = JSON.stringify(payload);
    const fields = { 'X-GitHub-Event': name, 'X-GitHub-Delivery': randomUUID(), 'X-Hub-Signature-256': await octokitSign(secrets.github, body) };
    return {
      target: `/github/example/${name}/${at}`, event: payload.action ? `${name}.${payload.action}` : name, name, body,
      headers: [['Content-Type', 'application/json'], ...Object.entries(fields)],
    };
  }))),
};

async function judge(request, response, body) {
  const path = request.url.split('/')[1];
  const own = providers[path];
  if (!own) return [404, { accepted: false, reason: 'no such provider' }];
  let reason;
  try {
    const verdict = await own.check({ body, headers: request.headers, url: base + request.url, secret: keys[path], request, response });
    reason = verdict === true ? null : `the library says ${verdict}`;
  } catch (error) {
    reason = error.message.split('\n')[0];
  }
  const sha256 = createHash('sha256').update(body).digest('hex');
  return [reason === null ? 200 : 401, { accepted: reason === null, reason, sha256 }];
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  let answer;
  try {
    const verb = request.url.match(/^\/-\/(\w+)$/)?.[1];
    answer = verb ? [200, (await ask[verb](JSON.parse(body.toString() || '{}'))) ?? null] : await judge(request, response, body);
  } catch (error) {
    answer = [500, { accepted: false, reason: error.stack }];
  }
  response.writeHead(answer[0], { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer[1]));
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
