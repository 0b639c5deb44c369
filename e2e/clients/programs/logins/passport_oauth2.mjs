// Passport with passport-oauth2, which knows no issuer; PKCE and state by its own options.
import { require } from "../around.mjs";
import { behind } from "./passport.mjs";

const { Strategy } = require("passport-oauth2");

export const site = ({ issuer, app, url }) => {
  const options = {
    authorizationURL: `${issuer}/oauth/authorize`,
    tokenURL: `${issuer}/oauth/token`,
    clientID: app.appid,
    clientSecret: app.secret,
    callbackURL: `${url}/callback`,
    scope: ["user_info"],
    state: true,
    pkce: true,
  };
  const strategy = new Strategy(options, (accessToken, refreshToken, params, profile, tell) =>
    strategy._oauth2.get(app.userinfo, accessToken, (error, body) =>
      error ? tell(error) : tell(null, { ...JSON.parse(body), refreshable: Boolean(refreshToken) })));
  strategy._oauth2.useAuthorizationHeaderforGET(true);
  return behind(strategy);
};
