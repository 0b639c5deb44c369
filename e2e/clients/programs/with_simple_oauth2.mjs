// simple-oauth2, as a back end uses it.
import { createHash, randomBytes } from "node:crypto";
import { require } from "./around.mjs";

const { AuthorizationCode, ClientCredentials, ResourceOwnerPassword } = require("simple-oauth2");

const config = ({ appid, secret, town, by }, more) => ({
  client: { id: appid, secret },
  auth: { tokenHost: town, tokenPath: "/oauth/token", revokePath: "/oauth/revoke", ...more },
  options: { authorizationMethod: by ?? "header" },
});

const code = (app) => new AuthorizationCode(config(app, { authorizePath: "/oauth/authorize" }));
const held = (app, token) => code(app).createToken(token);

// PKCE is none of its business; what it is given travels along.
export const begin = ({ app, scope }) => {
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const more = { code_challenge: challenge, code_challenge_method: "S256" };
  return { url: code(app).authorizeURL({ redirect_uri: app.callback, scope, state: "st", ...more }), verifier };
};

export const getToken = ({ app, code: given, verifier }) =>
  code(app).getToken({ code: given, redirect_uri: app.callback, code_verifier: verifier });

export const refresh = ({ app, token, scope }) => held(app, token).refresh(scope ? { scope } : {});
export const revoke = ({ app, token, kind }) => held(app, token).revoke(kind);
export const revokeAll = ({ app, token }) => held(app, token).revokeAll();
export const expired = ({ app, token }) => held(app, token).expired();
export const machine = ({ app, scope }) => new ClientCredentials(config(app)).getToken({ scope });
export const password = ({ app, ...given }) => new ResourceOwnerPassword(config(app)).getToken(given);
