// Auth.js (NextAuth) by @auth/express, with a provider of type «oidc»: an issuer and nothing else.
import { load, require } from "../around.mjs";

const express = require("express");
const { ExpressAuth } = await load("@auth/express");

export const site = ({ issuer, app, url }) => {
  const errors = [];
  const provider = {
    id: "town",
    name: "Town",
    type: "oidc",
    issuer,
    clientId: app.appid,
    clientSecret: app.secret,
    checks: ["pkce", "state", "nonce"],
    idToken: false, // the profile from userinfo
  };
  const site = express();
  site.get("/errors", (request, answer) => answer.json(errors));
  site.use(
    "/auth",
    ExpressAuth({
      basePath: "/auth",
      trustHost: true,
      secret: "a secret of the site, thirty-two long",
      providers: [provider],
      callbacks: {
        jwt: ({ token, account }) => (account ? { ...token, account: account.providerAccountId } : token),
        session: ({ session, token }) => ({ ...session.user, sub: token.account }),
      },
      logger: { error: (error) => errors.push(`${error.name}: ${error.cause?.err?.message ?? error.message}`), warn() {}, debug() {} },
    }),
  );
  return site;
};
