// Auth0's express-openid-connect, which any issuer will do: discovery, code, its own session, logout at both ends.
import { require } from "../around.mjs";

const express = require("express");
const { auth } = require("express-openid-connect");

export const site = ({ issuer, app, url }) => {
  const kept = new Map();
  const store = { get: async (id) => kept.get(id), set: async (id, value) => void kept.set(id, value), destroy: async (id) => void kept.delete(id) };
  const site = express();
  site.use(
    auth({
      issuerBaseURL: issuer,
      baseURL: url,
      clientID: app.appid,
      clientSecret: app.secret,
      secret: "a secret of the site, thirty-two long",
      authRequired: false,
      idpLogout: true,
      backchannelLogout: { store },
      authorizationParams: { response_type: "code", scope: "openid profile email offline_access" },
      clientAuthMethod: "client_secret_basic",
    }),
  );
  site.get("/", async ({ oidc }, answer) => {
    if (!oidc.isAuthenticated()) return answer.json(null);
    answer.json({ ...oidc.idTokenClaims, ...(await oidc.fetchUserInfo()), fresh: Boolean((await oidc.accessToken.refresh()).access_token) });
  });
  site.use((error, request, answer, next) =>
    answer.status(error.status ?? 500).json({ error: `${error.error ?? error.name}: ${error.message}` }));
  return site;
};
