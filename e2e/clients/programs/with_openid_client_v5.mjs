// openid-client v5, a certified relying party that is still in very many package.json.
import { generateKeyPairSync } from "node:crypto";
import { require } from "./around.mjs";

const { Issuer, generators } = require("openid-client-v5");
const parties = [];

const made = (client, app) => {
  const dpop = app.dpop ? { DPoP: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey } : undefined;
  return parties.push({ client, app, dpop }) - 1;
};

export const start = async ({ issuer, app }) => {
  const { Client } = await Issuer.discover(issuer);
  const about = {
    client_id: app.appid,
    client_secret: app.method.startsWith("client_secret") ? app.secret : undefined,
    token_endpoint_auth_method: app.method,
    token_endpoint_auth_signing_alg: app.method === "private_key_jwt" ? app.alg : undefined,
    id_token_signed_response_alg: app.signed ?? "RS256",
    redirect_uris: [app.callback],
    response_types: ["code"],
  };
  return made(new Client(about, app.key ? { keys: [{ ...app.key, kid: app.kid }] } : undefined), app);
};

export const register = async ({ issuer, about, callback }) => {
  const client = await (await Issuer.discover(issuer)).Client.register(about);
  return { party: made(client, { callback }), told: client.metadata };
};

export const authorize = async ({ party, pushed, more }) => {
  const { client, app, dpop } = parties[party];
  const kept = { code_verifier: generators.codeVerifier(), nonce: generators.nonce(), state: generators.state() };
  const asked = {
    redirect_uri: app.callback,
    response_type: "code",
    scope: "openid profile email",
    code_challenge: generators.codeChallenge(kept.code_verifier),
    code_challenge_method: "S256",
    nonce: kept.nonce,
    state: kept.state,
    ...more,
  };
  parties[party].kept = kept;
  if (!pushed) return client.authorizationUrl(asked);
  const { request_uri } = await client.pushedAuthorizationRequest(asked, dpop);
  return client.authorizationUrl({ request_uri, redirect_uri: undefined, response_type: undefined, scope: undefined });
};

export const callback = async ({ party, url, maxAge }) => {
  const { client, app, dpop, kept } = parties[party];
  const checks = { ...kept, response_type: "code", max_age: maxAge };
  const tokens = await client.callback(app.callback, client.callbackParams(url), checks, dpop);
  return { tokens, claims: tokens.claims() };
};

export const userinfo = async ({ party, tokens, sub }) => {
  const { client, dpop } = parties[party];
  const told = await client.userinfo(tokens.access_token, dpop);
  if (told.sub !== sub) throw new Error("another sub"); // it compares by itself only when given the whole token set
  return told;
};

export const refresh = async ({ party, tokens }) => {
  const { client, dpop } = parties[party];
  const fresh = await client.refresh(tokens.refresh_token, dpop);
  return { tokens: fresh, claims: fresh.claims() };
};

export const machine = ({ party, scope }) =>
  parties[party].client.grant({ grant_type: "client_credentials", scope }, parties[party].dpop);

export const introspect = ({ party, token }) => parties[party].client.introspect(token);
export const revoke = ({ party, token }) => parties[party].client.revoke(token);

export const beginDevice = async ({ party, scope }) => {
  const { client, dpop } = parties[party];
  const device = await client.deviceAuthorization({ scope }, dpop);
  parties[party].device = device;
  const { device_code, user_code, verification_uri, verification_uri_complete, expires_in } = device;
  return { device_code, user_code, verification_uri, verification_uri_complete, expires_in };
};

export const pollDevice = async ({ party }) => {
  const tokens = await parties[party].device.poll();
  return { tokens, claims: tokens.claims() };
};

export const endSession = ({ party, tokens, back }) =>
  parties[party].client.endSessionUrl({ id_token_hint: tokens.id_token, post_logout_redirect_uri: back });
