// What each provider sends, how its library signs it, and how its library checks it.
//
// `sign` uses the library's own signing or test helper where it has one, and else node:crypto by the
// documented formula; the library's check is what decides whether that was right. `check` throws or
// returns false for what it refuses. Both get the address that the provider has been given.
//
// clock: seconds after which the library refuses it; none where it does not look at the time.
// early: it refuses what is from the future as well. stricter: only hookreel does.
// asymmetric: only the provider can sign. tampered: what hookreel calls a changed body.
import { createHash, createHmac, generateKeyPairSync, randomBytes, randomUUID, sign as signature } from 'node:crypto';

import {
  Ecdsa, EcdsaPrivateKey, EcdsaPublicKey, EventWebhook, HubSpotSignature, LinearWebhookClient, Paddle, Pusher, PusherToken,
  ShopifyVersion, SquareHelper, StandardWebhook, Stripe, SvixWebhook, discordVerifyKey, octokitSign, octokitVerify, shopifyApi,
  twilioLibrary, verifySlackRequest,
} from './libraries.mjs';

// Bytes that a parser and a printer in between would change: two spaces, escapes, an umlaut, a line break.
const AWKWARD = '"note":  "caf\\u00e9 \u00fc <&> 1.0 oracle-mark"';
const json = (text) => `{${text},\r\n ${AWKWARD}}\n`;
const form = (fields) => new URLSearchParams({ ...fields, Note: 'caf\u00e9 + <&> oracle-mark' }).toString();
const JSON_TYPE = ['Content-Type', 'application/json'];
const FORM_TYPE = ['Content-Type', 'application/x-www-form-urlencoded'];
const seconds = (at) => String(Math.floor(at));
const millis = (at) => String(Math.floor(at * 1000));
const hmac = (secret, text, encoding = 'hex') => createHmac('sha256', secret).update(text).digest(encoding);
// Where the address is signed: what must stay as it was written.
const QUERY = () => '?shop=a%20b&x=%C3%A4+c';
// As frameworks read forms: a field that comes several times is a list.
function fields(body) {
  const all = new URLSearchParams(body.toString());
  return Object.fromEntries([...new Set(all.keys())].map((name) => [name, all.getAll(name).length > 1 ? all.getAll(name) : all.get(name)]));
}
// The library compares it: the app is set up with the key that samples have.
const PUSHER_KEY = '278d425bdf160c739803';
const stripe = new Stripe('sk_test_oracle');
const paddle = new Paddle('oracle');

function shopify(prefix, extra) {
  return {
    provider: 'shopify', event: 'orders/create', secret: () => randomBytes(16).toString('hex'),
    body: () => json('"id":820982911946154508,"name":"#9999","total_price":"403.00","currency":"USD"'),
    sign: ({ body, secret }) => [
      JSON_TYPE, [`${prefix}Topic`, 'orders/create'], [`${prefix}Hmac-Sha256`, hmac(secret, body, 'base64')],
      [`${prefix}Shop-Domain`, 'oracle.myshopify.com'], [`${prefix}API-Version`, '2026-10'], [`${prefix}Webhook-Id`, randomUUID()],
      [`${prefix}Event-Id`, randomUUID()], ...extra,
    ],
    async check({ body, secret, request, response }) {
      const api = shopifyApi({
        apiKey: 'oracle', apiSecretKey: secret, scopes: [], hostName: 'oracle.example.com', apiVersion: Object.values(ShopifyVersion).at(-1),
        isEmbeddedApp: false, logger: { log: () => {} },
      });
      const found = await api.webhooks.validate({ rawBody: body.toString(), rawRequest: request, rawResponse: response });
      return found.valid || found.reason;
    },
  };
}

function standard(Webhook, prefix) {
  return {
    provider: 'standard-webhooks', event: 'invoice.paid', secret: () => `whsec_${randomBytes(24).toString('base64')}`, clock: 300, early: true,
    body: () => json('"type":"invoice.paid","data":{"id":"in_1"}'),
    sign({ body, at, secret }) {
      const id = `msg_${randomBytes(8).toString('hex')}`;
      return [JSON_TYPE, [`${prefix}id`, id], [`${prefix}timestamp`, seconds(at)],
        [`${prefix}signature`, new Webhook(secret).sign(id, new Date(at * 1000), body)]];
    },
    check: ({ body, headers, secret }) => Boolean(new Webhook(secret).verify(body, headers)),
  };
}

function hubspot(version) {
  const v3 = version === 'v3';
  const name = v3 ? 'x-hubspot-signature-v3' : 'x-hubspot-signature';
  const options = (body, url, secret, timestamp) => ({
    signatureVersion: version, method: 'POST', clientSecret: secret, requestBody: body.toString(), url, timestamp: timestamp && Number(timestamp),
  });
  return {
    provider: 'hubspot', event: 'contact.creation', secret: () => randomUUID(), clock: v3 ? 300 : null,
    query: version === 'v1' ? undefined : QUERY,
    body: () => `[${json('"eventId":1,"subscriptionType":"contact.creation","portalId":33,"objectId":7').trim()}]`,
    sign({ body, at, url, secret }) {
      const made = HubSpotSignature.getSignature('POST', version, options(body, url, secret, v3 ? millis(at) : undefined));
      const stamp = v3 ? [['X-HubSpot-Request-Timestamp', millis(at)]] : [['X-HubSpot-Signature-Version', version]];
      return [JSON_TYPE, [name, made], ...stamp];
    },
    check: ({ body, headers, url, secret }) =>
      HubSpotSignature.isValid({ ...options(body, url, secret, headers['x-hubspot-request-timestamp']), signature: headers[name] }),
  };
}

function slack(event, type, body) {
  return {
    provider: 'slack', event, secret: () => randomBytes(16).toString('hex'), clock: 300, stricter: true, body,
    sign: ({ body: text, at, secret }) => [type, ['X-Slack-Request-Timestamp', seconds(at)],
      ['X-Slack-Signature', `v0=${hmac(secret, `v0:${seconds(at)}:${text}`)}`]],
    check({ body: bytes, headers, secret }) {
      verifySlackRequest({ signingSecret: secret, body: bytes.toString(), headers: {
        'x-slack-signature': headers['x-slack-signature'], 'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']),
      } });
      return true;
    },
  };
}

function github(type, body) {
  return {
    provider: 'github', event: 'issues.opened', secret: () => `It's a Secret to Everybody \u00fc ${randomBytes(4).toString('hex')}`, body,
    sign: async ({ body: text, secret }) => [type, ['X-GitHub-Event', 'issues'], ['X-GitHub-Delivery', randomUUID()],
      ['X-Hub-Signature-256', await octokitSign(secret, text)]],
    check: ({ body: bytes, headers, secret }) => octokitVerify(secret, bytes.toString(), headers['x-hub-signature-256']),
  };
}

const ISSUE = json('"action":"opened","issue":{"number":7,"title":"It breaks"},"sender":{"login":"ada"}');
const discordKeys = generateKeyPairSync('ed25519');
// The library's default curve is another one than SendGrid's.
const p256 = EcdsaPublicKey.fromPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' })).curve;
const sendgridKey = new EcdsaPrivateKey(p256);
const base64Of = (pem) => pem.replace(/-----[^-]+-----|\s/g, '');

export const providers = {
  stripe: {
    provider: 'stripe', event: 'charge.succeeded', secret: () => `whsec_${randomBytes(16).toString('hex')}`, clock: 300,
    body: () => json('"id":"evt_1","object":"event","type":"charge.succeeded","data":{"object":{"id":"ch_1","object":"charge"}}'),
    sign: ({ body, at, secret }) => [JSON_TYPE,
      ['Stripe-Signature', stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: Math.floor(at) })]],
    check({ body, headers, secret }) {
      const thin = JSON.parse(body).object === 'v2.core.event';
      const read = thin ? stripe.parseEventNotification.bind(stripe) : stripe.webhooks.constructEvent.bind(stripe.webhooks);
      return Boolean(read(body, headers['stripe-signature'], secret));
    },
  },
  github: github(JSON_TYPE, () => ISSUE),
  'github-form': github(FORM_TYPE, () => new URLSearchParams({ payload: ISSUE }).toString()),
  slack: slack('app_mention', JSON_TYPE, () => json('"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention","user":"U1","channel":"C1"}')),
  'slack-command': slack('/weather', FORM_TYPE, () => form({ command: '/weather', text: '94070', team_id: 'T1', user_name: 'ada' })),
  svix: standard(SvixWebhook, 'svix-'),
  'standard-webhooks': standard(StandardWebhook, 'webhook-'),
  shopify: shopify('X-Shopify-', []),
  'shopify-events': shopify('Shopify-', [['Shopify-Handle', 'oracle'], ['Shopify-Action', 'create']]),
  paddle: {
    provider: 'paddle', event: 'transaction.completed', secret: () => `pdl_ntfset_${randomBytes(12).toString('hex')}`, clock: 5,
    body: () => json('"event_id":"evt_1","event_type":"transaction.completed","data":{"id":"txn_1"}'),
    sign: ({ body, at, secret }) => [JSON_TYPE, ['Paddle-Signature', `ts=${seconds(at)};h1=${hmac(secret, `${seconds(at)}:${body}`)}`]],
    check: ({ body, headers, secret }) => paddle.webhooks.isSignatureValid(body.toString(), secret, headers['paddle-signature']),
  },
  linear: {
    provider: 'linear', event: 'Issue.create', secret: () => `lin_wh_${randomBytes(12).toString('hex')}`, clock: 60, early: true,
    // The time that counts stands in the body.
    body: (at) => json(`"action":"create","type":"Issue","data":{"identifier":"HR-1","title":"It breaks"},"webhookTimestamp": ${millis(at)}`),
    sign: ({ body, at, secret }) => [JSON_TYPE, ['Linear-Event', 'Issue'], ['Linear-Delivery', randomUUID()], ['Linear-Timestamp', millis(at)],
      ['Linear-Signature', hmac(secret, body)]],
    check: ({ body, headers, secret }) =>
      Boolean(new LinearWebhookClient(secret).parseData(body, headers['linear-signature'], headers['linear-timestamp'])),
  },
  square: {
    provider: 'square', event: 'payment.updated', secret: () => randomBytes(16).toString('base64url'), query: QUERY,
    body: () => json('"merchant_id":"M1","event_id":"e1","type":"payment.updated","created_at":"2026-01-01T00:00:00Z"'),
    sign: ({ body, url, secret }) => [JSON_TYPE, ['x-square-hmacsha256-signature', hmac(secret, url + body, 'base64')]],
    check: ({ body, headers, url, secret }) => SquareHelper.verifySignature({
      requestBody: body.toString(), signatureHeader: headers['x-square-hmacsha256-signature'], signatureKey: secret, notificationUrl: url,
    }),
  },
  'hubspot-v1': hubspot('v1'),
  'hubspot-v2': hubspot('v2'),
  'hubspot-v3': hubspot('v3'),
  pusher: {
    provider: 'pusher', event: 'channel_vacated', secret: () => randomBytes(10).toString('hex'),
    body: () => json('"time_ms":1403175510755,"events":[{"channel":"test_channel","name":"channel_vacated"}]'),
    sign: ({ body, secret }) => [JSON_TYPE, ['X-Pusher-Key', PUSHER_KEY], ['X-Pusher-Signature', new PusherToken(PUSHER_KEY, secret).sign(body)]],
    check: ({ body, headers, secret }) =>
      new Pusher({ appId: '1', key: PUSHER_KEY, secret, cluster: 'eu' }).webhook({ headers, rawBody: body.toString() }).isValid(),
  },
  twilio: {
    provider: 'twilio', event: 'message.received', secret: () => randomBytes(16).toString('hex'), query: QUERY,
    body: () => form({ AccountSid: 'AC1', MessageSid: 'SM1', SmsStatus: 'received', From: '+14158675309', To: '+18005551212', Body: 'Hello & bye' }) + '&Media=b&Media=a+b&Media=b',
    sign: ({ body, url, secret }) => [FORM_TYPE,
      ['X-Twilio-Signature', twilioLibrary.getExpectedTwilioSignature(secret, url, fields(body))]],
    check: ({ body, headers, url, secret }) =>
      twilioLibrary.validateRequest(secret, headers['x-twilio-signature'], url, fields(body)),
  },
  'twilio-json': {
    provider: 'twilio', event: 'com.twilio.test', secret: () => randomBytes(16).toString('hex'), tampered: 'body-digest',
    body: () => `[${json('"type":"com.twilio.test","id":"1"').trim()}]`,
    query: (body) => `?bodySHA256=${createHash('sha256').update(body).digest('hex')}`,
    sign: ({ url, secret }) => [JSON_TYPE, ['X-Twilio-Signature', twilioLibrary.getExpectedTwilioSignature(secret, url, {})]],
    check: ({ body, headers, url, secret }) => twilioLibrary.validateRequestWithBody(secret, headers['x-twilio-signature'], url, body.toString()),
  },
  sendgrid: {
    provider: 'sendgrid', event: 'delivered', asymmetric: true, secret: () => base64Of(sendgridKey.publicKey().toPem()),
    body: () => `[${json('"email":"ada@example.com","event":"delivered","sg_event_id":"e1"').trim()}]\r\n`,
    // The library signs with its own curve arithmetic; another secret is another key.
    sign({ body, at, wrong }) {
      const key = wrong ? new EcdsaPrivateKey(p256) : sendgridKey;
      return [JSON_TYPE, ['X-Twilio-Email-Event-Webhook-Signature', Ecdsa.sign(seconds(at) + body, key).toBase64()],
        ['X-Twilio-Email-Event-Webhook-Timestamp', seconds(at)]];
    },
    check({ body, headers, secret }) {
      const check = new EventWebhook();
      return check.verifySignature(check.convertPublicKeyToECDSA(secret), body,
        headers['x-twilio-email-event-webhook-signature'], headers['x-twilio-email-event-webhook-timestamp']);
    },
  },
  discord: {
    provider: 'discord', event: 'command.deploy', asymmetric: true,
    secret: () => discordKeys.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex'),
    body: () => json('"id":"1","type":2,"token":"t","data":{"name":"deploy"},"user":{"username":"ada"}'),
    sign({ body, at, wrong }) {
      const key = wrong ? generateKeyPairSync('ed25519').privateKey : discordKeys.privateKey;
      return [JSON_TYPE, ['X-Signature-Ed25519', signature(null, Buffer.from(seconds(at) + body), key).toString('hex')],
        ['X-Signature-Timestamp', seconds(at)]];
    },
    check: ({ body, headers, secret }) =>
      discordVerifyKey(body, headers['x-signature-ed25519'], headers['x-signature-timestamp'], secret),
  },
};
