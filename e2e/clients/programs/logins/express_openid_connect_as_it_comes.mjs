// express-openid-connect with nothing but what it has to be told: it then wants an id_token alone, in a form.
import { require } from "../around.mjs";

const express = require("express");
const { auth } = require("express-openid-connect");

export const site = ({ issuer, app, url }) => {
  const site = express();
  site.use(
    auth({ issuerBaseURL: issuer, baseURL: url, clientID: app.appid, secret: "a secret of the site, thirty-two long", authRequired: false }),
  );
  site.get("/", ({ oidc }, answer) => answer.json(oidc.isAuthenticated() ? oidc.idTokenClaims : null));
  site.use((error, request, answer, next) =>
    answer.status(error.status ?? 500).json({ error: `${error.error ?? error.name}: ${error.message}` }));
  return site;
};
