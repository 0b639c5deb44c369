// A small website in Express whose visitors log in by grant: WeChat, QQ and Weibo, as grant knows them.
import { require, serve } from "./around.mjs";

const express = require("express");
const session = require("express-session");
const grant = require("grant").express();

export const start = async ({ app, provider, more }) => {
  const site = express();
  const own = { key: app.appid, secret: app.secret, callback: "/shown", transport: "session", ...more };
  const late = { handler: null };
  site.use(session({ secret: "site", resave: false, saveUninitialized: true }));
  site.use((...given) => late.handler(...given));
  site.get("/shown", (request, answer) => answer.json(request.session.grant.response));
  const url = await serve(site);
  late.handler = grant({ defaults: { origin: url }, [provider]: own });
  return url;
};
