// Fastify with @fastify/oauth2: discovery, PKCE, its own state cookie.
import { require } from "../around.mjs";

const fastify = require("fastify");
const oauth2 = require("@fastify/oauth2");

export const site = async ({ issuer, app, url }) => {
  const site = fastify({ routerOptions: {} });
  site.register(oauth2, {
    name: "town",
    scope: ["openid", "profile", "email", "offline_access"],
    credentials: { client: { id: app.appid, secret: app.secret } },
    startRedirectPath: "/login",
    callbackUri: `${url}/callback`,
    discovery: { issuer },
    pkce: "S256",
    cookie: { secure: false, sameSite: "lax", path: "/" },
  });
  site.get("/callback", async function (request) {
    const { token } = await this.town.getAccessTokenFromAuthorizationCodeFlow(request);
    const fresh = await this.town.getNewAccessTokenUsingRefreshToken(token, {});
    const told = await this.town.userinfo(fresh.token);
    await this.town.revokeAllToken(fresh.token, {});
    return { ...told, fresh: fresh.token.access_token !== token.access_token };
  });
  site.setErrorHandler((error, request, answer) =>
    answer.status(500).send({ error: `${error.name}: ${error.message} ${JSON.stringify(error.data?.payload ?? "")}` }));
  await site.ready();
  return site.routing;
};
