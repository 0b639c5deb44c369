// openid-client v6, a certified relying party. http: issuers are let in by its own switch, `allowInsecureRequests`.
import { load } from "./around.mjs";

const client = await load("openid-client");
const parties = [];

const proving = async ({ secret, key, kid, alg, method }) => {
  if (method === "private_key_jwt") {
    const hash = { RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, ES256: { name: "ECDSA", namedCurve: "P-256" } }[alg];
    return client.PrivateKeyJwt({ key: await crypto.subtle.importKey("jwk", key, hash, false, ["sign"]), kid });
  }
  const ways = { client_secret_basic: client.ClientSecretBasic, client_secret_post: client.ClientSecretPost };
  return method === "none" ? client.None() : ways[method](secret);
};

const made = async (config, app) => {
  client.allowInsecureRequests(config);
  client.enableNonRepudiationChecks(config); // the signature of an id_token counts, too
  const dpop = app.dpop ? { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256")) } : {};
  return parties.push({ config, app, dpop }) - 1;
};

export const start = async ({ issuer, app }) => {
  const about = { id_token_signed_response_alg: app.signed ?? "RS256" };
  const insecure = { execute: [client.allowInsecureRequests] };
  return made(await client.discovery(new URL(issuer), app.appid, about, await proving(app), insecure), app);
};

export const register = async ({ issuer, about, callback }) => {
  const insecure = { execute: [client.allowInsecureRequests] };
  const auth = client.ClientSecretBasic(); // RFC 7591's own default; this library's would be client_secret_post
  const config = await client.dynamicClientRegistration(new URL(issuer), about, auth, insecure);
  return { party: await made(config, { callback }), told: config.clientMetadata() };
};

export const authorize = async ({ party, pushed, more }) => {
  const { config, app, dpop } = parties[party];
  const kept = { verifier: client.randomPKCECodeVerifier(), nonce: client.randomNonce(), state: client.randomState() };
  const asked = {
    redirect_uri: app.callback,
    scope: "openid profile email",
    code_challenge: await client.calculatePKCECodeChallenge(kept.verifier),
    code_challenge_method: "S256",
    nonce: kept.nonce,
    state: kept.state,
    ...more,
  };
  const url = pushed
    ? await client.buildAuthorizationUrlWithPAR(config, asked, dpop)
    : client.buildAuthorizationUrl(config, asked);
  parties[party].kept = kept;
  return url.href;
};

export const callback = async ({ party, url, maxAge }) => {
  const { config, dpop, kept } = parties[party];
  const checks = { pkceCodeVerifier: kept.verifier, expectedNonce: kept.nonce, expectedState: kept.state };
  const tokens = await client.authorizationCodeGrant(
    config, new URL(url), { ...checks, idTokenExpected: true, maxAge }, undefined, dpop);
  return { tokens, claims: tokens.claims() };
};

export const userinfo = ({ party, tokens, sub }) => {
  const { config, dpop } = parties[party];
  return client.fetchUserInfo(config, tokens.access_token, sub, dpop);
};

export const refresh = async ({ party, tokens }) => {
  const { config, dpop } = parties[party];
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, dpop);
  return { tokens: fresh, claims: fresh.claims() };
};

export const machine = ({ party, scope }) => {
  const { config, dpop } = parties[party];
  return client.clientCredentialsGrant(config, { scope }, dpop);
};

export const exchange = ({ party, token, scope }) =>
  client.genericGrantRequest(parties[party].config, "urn:ietf:params:oauth:grant-type:token-exchange", {
    subject_token: token,
    subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    scope,
  });

export const introspect = ({ party, token }) => client.tokenIntrospection(parties[party].config, token);
export const revoke = ({ party, token }) => client.tokenRevocation(parties[party].config, token);

export const beginDevice = async ({ party, scope }) => {
  parties[party].device = await client.initiateDeviceAuthorization(parties[party].config, { scope });
  return parties[party].device;
};

export const pollDevice = async ({ party }) => {
  const { config, device, dpop } = parties[party];
  const tokens = await client.pollDeviceAuthorizationGrant(config, device, undefined, dpop);
  return { tokens, claims: tokens.claims() };
};

export const endSession = ({ party, tokens, back }) =>
  client.buildEndSessionUrl(parties[party].config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: back }).href;
