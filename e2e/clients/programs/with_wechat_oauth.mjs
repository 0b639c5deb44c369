// wechat-oauth, as a back end uses it.
import { promisify } from "node:util";
import { require } from "./around.mjs";

const OAuth = require("wechat-oauth");
const clients = new Map();

const of = ({ appid, secret, mini }) => {
  const key = `${appid} ${secret}`;
  if (!clients.has(key)) clients.set(key, new OAuth(appid, secret, null, null, Boolean(mini)));
  return clients.get(key);
};

const call = (app, name, ...given) => promisify(of(app)[name].bind(of(app)))(...given);

export const authorizeURL = ({ app, scope }) => of(app).getAuthorizeURL(app.callback, "st", scope);
export const authorizeURLForWebsite = ({ app }) => of(app).getAuthorizeURLForWebsite(app.callback, "st");
export const getAccessToken = ({ app, code }) => call(app, "getAccessToken", code);
export const refreshAccessToken = ({ app, token }) => call(app, "refreshAccessToken", token);
export const getUser = ({ app, openid, lang }) => call(app, "getUser", { openid, lang });
export const getUserByCode = ({ app, code }) => call(app, "getUserByCode", code);
export const verifyToken = ({ app, openid, token }) => call(app, "verifyToken", openid, token);
export const getSessionKey = ({ app, code }) => call(app, "getSessionKey", code);
export const decrypt = ({ app, sessionKey, sealed }) =>
  of(app).decryptMiniProgramUser({ sessionKey, encryptedData: sealed.encryptedData, iv: sealed.iv });

// As if its own clock said that the token is over.
export const forget = async ({ app, openid }) => {
  const token = await call(app, "getToken", openid);
  await call(app, "saveToken", openid, { ...token, create_at: 0 });
};
