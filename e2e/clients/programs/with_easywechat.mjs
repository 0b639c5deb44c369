// node-easywechat, and node-socialite beneath it (overtrue's PHP packages, ported), as a back end uses them.
import { require } from "./around.mjs";

const { MiniApp, OfficialAccount } = require("node-easywechat");
const { SocialiteManager } = require("node-socialite");
const minis = new Map();

const oauth = (app) =>
  new OfficialAccount({ app_id: app.appid, secret: app.secret, oauth: { redirect_url: app.callback } }).getOAuth();

const mini = ({ appid, secret, stable }) => {
  const key = `${appid} ${secret} ${Boolean(stable)}`;
  const config = { app_id: appid, secret, use_stable_access_token: Boolean(stable) };
  if (!minis.has(key)) minis.set(key, new MiniApp(config));
  return minis.get(key);
};

const driver = (app, name) => {
  const own = { client_id: app.appid, client_secret: app.secret, redirect: app.callback };
  return new SocialiteManager({ [name]: own }).create(name);
};

export const redirect = ({ app, scope }) => oauth(app).scopes([scope ?? "snsapi_userinfo"]).withState("st").redirect();

export const user = async ({ app, code }) => {
  const one = oauth(app);
  const token = await one.tokenFromCode(code);
  const found = await one.withOpenid(token.openid).userFromToken(token.access_token);
  return { id: found.getId(), nickname: found.getNickname(), raw: found.getRaw(), token };
};

export const socialRedirect = ({ app, name }) => driver(app, name).withState("st").redirect();

export const socialUser = async ({ app, name, code }) => {
  const found = await driver(app, name).userFromCode(code);
  return { id: String(found.getId()), nickname: found.getNickname(), avatar: found.getAvatar(), raw: found.getRaw() };
};

export const codeToSession = ({ app, code }) => mini(app).getUtils().codeToSession(code);
export const decryptSession = ({ app, key, sealed }) =>
  mini(app).getUtils().decryptSession(key, sealed.iv, sealed.encryptedData);
export const token = ({ app }) => mini(app).getAccessToken().getToken();
export const refresh = ({ app }) => mini(app).getAccessToken().refresh();
export const phone = async ({ app, code }) =>
  (await mini(app).getClient().postJson("wxa/business/getuserphonenumber", { code })).toObject();
