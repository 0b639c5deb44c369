// oauth4webapi, the certified toolbox below openid-client v6; every answer is checked by its own process* function.
import { load, serve } from "./around.mjs";

const oauth = await load("oauth4webapi");
const insecure = { [oauth.allowInsecureRequests]: true };
const parties = [];

const proving = async ({ secret, key, kid, alg, method }) => {
  if (method === "private_key_jwt") {
    const hash = { RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, ES256: { name: "ECDSA", namedCurve: "P-256" } }[alg];
    return oauth.PrivateKeyJwt({ key: await crypto.subtle.importKey("jwk", key, hash, false, ["sign"]), kid });
  }
  const ways = { client_secret_basic: oauth.ClientSecretBasic, client_secret_post: oauth.ClientSecretPost };
  return method === "none" ? oauth.None() : ways[method](secret);
};

const discovered = async (issuer, algorithm = "oidc") => {
  const url = new URL(issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm, ...insecure }));
};

const made = async (as, client, app, auth) => {
  const more = { ...insecure };
  if (app.dpop) more.DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
  return parties.push({ as, client, app, auth, more }) - 1;
};

// Where the server wants a nonce of its own in the proof, the toolbox leaves it to its user to ask again.
const again = async (ask, read) => {
  try {
    return await read(await ask());
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return read(await ask());
  }
};

export const start = async ({ issuer, app }) => {
  const client = { client_id: app.appid, id_token_signed_response_alg: app.signed ?? "RS256" };
  return made(await discovered(issuer), client, app, await proving(app));
};

export const register = async ({ issuer, about, callback }) => {
  const as = await discovered(issuer, "oauth2");
  const answer = await oauth.dynamicClientRegistrationRequest(as, about, insecure);
  const told = await oauth.processDynamicClientRegistrationResponse(answer);
  const method = told.token_endpoint_auth_method;
  const auth = await proving({ secret: told.client_secret, method });
  return { party: await made(as, told, { callback }, auth), told };
};

export const authorize = async ({ party, pushed, more }) => {
  const { as, client, app, auth, more: options } = parties[party];
  const kept = { verifier: oauth.generateRandomCodeVerifier(), nonce: oauth.generateRandomNonce(), state: oauth.generateRandomState() };
  const asked = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: app.callback,
    response_type: "code",
    scope: "openid profile email",
    code_challenge: await oauth.calculatePKCECodeChallenge(kept.verifier),
    code_challenge_method: "S256",
    nonce: kept.nonce,
    state: kept.state,
    ...more,
  });
  parties[party].kept = kept;
  const url = new URL(as.authorization_endpoint);
  if (!pushed) return `${url}?${asked}`;
  const { request_uri } = await again(
    () => oauth.pushedAuthorizationRequest(as, client, auth, asked, options),
    (answer) => oauth.processPushedAuthorizationResponse(as, client, answer),
  );
  return `${url}?${new URLSearchParams({ client_id: client.client_id, request_uri })}`;
};

export const callback = async ({ party, url, maxAge }) => {
  const { as, client, app, auth, kept, more } = parties[party];
  const params = oauth.validateAuthResponse(as, client, new URL(url), kept.state);
  const expected = { expectedNonce: kept.nonce, requireIdToken: true, maxAge };
  const tokens = await again(
    () => oauth.authorizationCodeGrantRequest(as, client, auth, params, app.callback, kept.verifier, more),
    async (answer) => {
      const checked = await oauth.processAuthorizationCodeResponse(as, client, answer, expected);
      await oauth.validateApplicationLevelSignature(as, answer, insecure);
      return checked;
    },
  );
  return { tokens, claims: oauth.getValidatedIdTokenClaims(tokens) };
};

export const userinfo = async ({ party, tokens, sub }) => {
  const { as, client, more } = parties[party];
  return again(
    () => oauth.userInfoRequest(as, client, tokens.access_token, more),
    (answer) => oauth.processUserInfoResponse(as, client, sub, answer),
  );
};

export const refresh = async ({ party, tokens }) => {
  const { as, client, auth, more } = parties[party];
  const fresh = await again(
    () => oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, more),
    (answer) => oauth.processRefreshTokenResponse(as, client, answer),
  );
  return { tokens: fresh, claims: oauth.getValidatedIdTokenClaims(fresh) };
};

export const machine = async ({ party, scope }) => {
  const { as, client, auth, more } = parties[party];
  const answer = await oauth.clientCredentialsGrantRequest(as, client, auth, new URLSearchParams({ scope }), more);
  return oauth.processClientCredentialsResponse(as, client, answer);
};

export const introspect = async ({ party, token }) => {
  const { as, client, auth } = parties[party];
  return oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, auth, token, insecure));
};

export const revoke = async ({ party, token }) => {
  const { as, client, auth } = parties[party];
  return oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token, insecure));
};

export const beginDevice = async ({ party, scope }) => {
  const { as, client, auth, more } = parties[party];
  const answer = await oauth.deviceAuthorizationRequest(as, client, auth, new URLSearchParams({ scope }), more);
  parties[party].device = await oauth.processDeviceAuthorizationResponse(as, client, answer);
  return parties[party].device;
};

export const pollDevice = async ({ party }) => {
  const { as, client, auth, device, more } = parties[party];
  const answer = await oauth.deviceCodeGrantRequest(as, client, auth, device.device_code, more);
  const tokens = await oauth.processDeviceCodeResponse(as, client, answer);
  return { tokens, claims: oauth.getValidatedIdTokenClaims(tokens) };
};

export const endSession = ({ party, tokens, back }) => {
  const url = new URL(parties[party].as.end_session_endpoint);
  url.search = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: back });
  return url.href;
};

// A resource server of the program's own, which knows nothing but the issuer (RFC 9068, RFC 9449 §7); its address.
export const resource = async ({ issuer, audience }) => {
  const as = await discovered(issuer);
  return serve(async ({ url, headers }, answer) => {
    const request = new Request(`http://${headers.host}${url}`, { headers });
    const claims = await oauth.validateJwtAccessToken(as, request, audience, insecure).catch((error) => error);
    answer.writeHead(claims instanceof Error ? 401 : 200);
    answer.end(JSON.stringify(claims instanceof Error ? { error: claims.message } : claims));
  });
};

export const things = async ({ party, tokens, url }) => {
  const { more } = parties[party];
  const answer = await oauth.protectedResourceRequest(
    tokens.access_token, "GET", new URL(url), undefined, undefined, more);
  return answer.json();
};
