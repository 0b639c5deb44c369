// The Express site around a strategy of Passport.
import { require } from "../around.mjs";

const express = require("express");
const session = require("express-session");
const { Passport } = require("passport");

export const behind = (strategy) => {
  const site = express();
  const passport = new Passport();
  passport.use("town", strategy);
  const login = passport.authenticate("town", { session: false });
  site.use(session({ secret: "site", resave: false, saveUninitialized: false }));
  site.use(passport.initialize());
  site.get("/login", login);
  site.get("/callback", login, (request, answer) => answer.json(request.user));
  site.use((error, request, answer, next) =>
    answer.status(error.status ?? 500).json({ error: `${error.name}: ${error.code ?? ""} ${error.message}` }));
  return site;
};
