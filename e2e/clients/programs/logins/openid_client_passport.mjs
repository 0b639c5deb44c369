// Passport with the strategy of openid-client v6: an issuer, PKCE always, and a nonce.
import { load } from "../around.mjs";
import { behind } from "./passport.mjs";

const client = await load("openid-client");
const { Strategy } = await load("openid-client/passport");

export const site = async ({ issuer, app, url }) => {
  const auth = client.ClientSecretBasic(app.secret);
  const insecure = { execute: [client.allowInsecureRequests] };
  const config = await client.discovery(new URL(issuer), app.appid, undefined, auth, insecure);
  const options = { config, callbackURL: `${url}/callback`, scope: "openid profile email" };
  const verify = (tokens, tell) => {
    const { sub } = tokens.claims();
    client.fetchUserInfo(config, tokens.access_token, sub).then((told) => tell(null, told), tell);
  };
  return behind(new Strategy(options, verify));
};
