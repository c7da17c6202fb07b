// The official libraries, from the folder that tests/oracles/install has filled.
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const folder = process.env.HOOKREEL_ORACLE_NODE;

// Names are looked up from where the importing file is: it has to be in that folder.
const { load: from } = await import(pathToFileURL(`${folder}/load.mjs`));

async function load(name) {
  const module = await from(name);
  // Some are still CommonJS.
  return module.default && typeof module.default === 'object' ? { ...module.default, ...module } : module;
}

const [stripe, octokit, svix, standard, bolt, twilio, sendgrid, ecdsa, discord, square, paddle, hubspot, linear, shopify, , pusher, token] =
  await Promise.all(
    [
      'stripe', '@octokit/webhooks-methods', 'svix', 'standardwebhooks', '@slack/bolt', 'twilio', '@sendgrid/eventwebhook',
      'starkbank-ecdsa', 'discord-interactions', 'square', '@paddle/paddle-node-sdk', '@hubspot/api-client', '@linear/sdk/webhooks',
      '@shopify/shopify-api', '@shopify/shopify-api/adapters/node', 'pusher', 'pusher/lib/token.js',
    ].map(load),
  );

export const Stripe = stripe.default;
export const { sign: octokitSign, verify: octokitVerify } = octokit;
export const SvixWebhook = svix.Webhook;
export const StandardWebhook = standard.Webhook;
export const { verifySlackRequest } = bolt;
export const twilioLibrary = twilio.default;
export const { EventWebhook } = sendgrid;
export const { Ecdsa, PublicKey: EcdsaPublicKey, PrivateKey: EcdsaPrivateKey } = ecdsa;
export const { verifyKey: discordVerifyKey } = discord;
export const { WebhooksHelper: SquareHelper } = square;
export const { Paddle } = paddle;
export const { Signature: HubSpotSignature } = hubspot;
export const { LinearWebhookClient } = linear;
export const { shopifyApi, ApiVersion: ShopifyVersion } = shopify;
export const Pusher = pusher.default;
export const PusherToken = token.default;
// [{ name, examples: [payload] }]
export const githubExamples = JSON.parse(await readFile(`${folder}/node_modules/@octokit/webhooks-examples/api.github.com/index.json`));
