// Passport with passport-openidconnect, which is told the addresses; it reads the claims of the id_token by itself.
import { require } from "../around.mjs";
import { behind } from "./passport.mjs";

const Strategy = require("passport-openidconnect");

export const site = ({ issuer, app, url }) => {
  const options = {
    issuer,
    authorizationURL: `${issuer}/oauth/authorize`,
    tokenURL: `${issuer}/oauth/token`,
    userInfoURL: app.userinfo,
    clientID: app.appid,
    clientSecret: app.secret,
    callbackURL: `${url}/callback`,
    scope: ["profile", "email"],
    skipUserProfile: false, // else it asks userinfo only where the id_token says too little
    nonce: true,
  };
  const verify = (from, profile, context, idToken, accessToken, refreshToken, tell) =>
    tell(null, { sub: profile.id, name: profile.displayName, email: profile.emails[0].value, from });
  return behind(new Strategy(options, verify));
};
