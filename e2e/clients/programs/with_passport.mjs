// A small website in Express whose visitors log in by passport-wechat or passport-weibo.
import { require, serve } from "./around.mjs";

const express = require("express");
const session = require("express-session");
const { Passport } = require("passport");
const STRATEGIES = { wechat: require("passport-wechat").Strategy, weibo: require("passport-weibo").Strategy };

export const start = async ({ app, client }) => {
  const site = express();
  const passport = new Passport();
  const use = (url) => {
    const callbackURL = `${url}/callback`;
    if (client === "weibo") {
      const done = (accessToken, refreshToken, profile, tell) => tell(null, profile);
      passport.use(new STRATEGIES.weibo({ clientID: app.appid, clientSecret: app.secret, callbackURL }, done));
    } else {
      const options = { appID: app.appid, appSecret: app.secret, client, callbackURL, name: "wechat", state: "st" };
      const scope = client === "web" ? "snsapi_login" : app.scope ?? "snsapi_userinfo";
      passport.use(
        new STRATEGIES.wechat({ ...options, scope }, (accessToken, refreshToken, profile, expires, tell) =>
          tell(null, { ...profile, expires }),
        ),
      );
    }
  };
  const name = client === "weibo" ? "weibo" : "wechat";
  site.use(session({ secret: "site", resave: false, saveUninitialized: false }));
  site.use(passport.initialize());
  site.get("/login", (...given) => passport.authenticate(name)(...given));
  site.get(
    "/callback",
    (...given) => passport.authenticate(name, { session: false })(...given),
    (request, answer) => answer.json({ user: request.user }),
  );
  site.use((error, request, answer, next) =>
    answer.status(500).json({ error: { name: error.name, code: error.code, message: error.message } }),
  );
  const url = await serve(site);
  use(url);
  return url;
};
