// grant with OpenID Connect switched on: state, nonce and PKCE, and the id_token's claims.
import { require } from "../around.mjs";

const express = require("express");
const session = require("express-session");
const grant = require("grant").express();

export const site = ({ issuer, app, url }) => {
  const town = {
    oauth: 2,
    authorize_url: `${issuer}/oauth/authorize`,
    access_url: `${issuer}/oauth/token`,
    profile_url: app.userinfo,
    key: app.appid,
    secret: app.secret,
    scope: ["openid", "profile", "email"],
    scope_delimiter: " ",
    token_endpoint_auth_method: "client_secret_basic",
    state: true,
    nonce: true,
    pkce: true,
    callback: "/shown",
    transport: "session",
    response: ["tokens", "raw", "jwt", ...(app.profile === false ? [] : ["profile"])],
  };
  const site = express();
  site.use(session({ secret: "site", resave: false, saveUninitialized: true }));
  site.use(grant({ defaults: { origin: url }, town }));
  site.get("/shown", ({ session }, answer) => {
    const said = session.grant.response;
    answer.status(said.error ? 500 : 200).json(said.error ? said : { ...said.jwt.id_token.payload, ...said.profile });
  });
  return site;
};
