// openid-client v6 in a browser: the whole of it is Web APIs.
import * as client from "openid-client";

const { issuer, appid, url, scope, dpop } = await (await fetch("/config")).json();
const config = await client.discovery(new URL(issuer), appid, undefined, client.None(), { execute: [client.allowInsecureRequests] });
client.enableNonRepudiationChecks(config);
const kept = JSON.parse(sessionStorage.getItem("kept") ?? "null");
let tokens, more;

const shown = async () => ({
  ...tokens.claims(),
  ...(await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, more)),
  access: tokens.access_token,
  type: tokens.token_type,
  refresh: tokens.refresh_token,
});

if (location.pathname === "/callback") {
  const keys = dpop ? await client.randomDPoPKeyPair("ES256") : undefined;
  more = keys && { DPoP: client.getDPoPHandle(config, keys) };
  const checks = { pkceCodeVerifier: kept.verifier, expectedState: kept.state, expectedNonce: kept.nonce };
  tokens = await client.authorizationCodeGrant(config, new URL(location.href), checks, undefined, more);
}

window.town = {
  login: async ({ pushed } = {}) => {
    const fresh = { verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce() };
    sessionStorage.setItem("kept", JSON.stringify(fresh));
    const asked = {
      redirect_uri: `${url}/callback`, scope, state: fresh.state, nonce: fresh.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(fresh.verifier), code_challenge_method: "S256",
    };
    location.href = pushed ? await client.buildAuthorizationUrlWithPAR(config, asked) : client.buildAuthorizationUrl(config, asked);
  },
  profile: () => client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, more),
  user: async () => (tokens ? shown() : null),
  renew: async () => {
    tokens = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, more);
    return shown();
  },
  revoke: () => client.tokenRevocation(config, tokens.access_token),
  logout: () => {
    const asked = { id_token_hint: tokens.id_token, post_logout_redirect_uri: `${url}/bye` };
    location.href = client.buildEndSessionUrl(config, asked);
  },
};
