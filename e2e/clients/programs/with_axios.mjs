// No SDK: axios and Node's own fetch, as many back ends write it down themselves.
import { require } from "./around.mjs";

const axios = require("axios");
const BASE = "https://api.weixin.qq.com/sns";

const ways = {
  axios: async (path, params) => (await axios.get(`${BASE}${path}`, { params })).data,
  "axios by fetch": async (path, params) => (await axios.get(`${BASE}${path}`, { params, adapter: "fetch" })).data,
  fetch: async (path, params) => (await fetch(`${BASE}${path}?${new URLSearchParams(params)}`)).json(),
};

export const profile = async ({ way, app, code }) => {
  const ask = ways[way];
  const own = { appid: app.appid, secret: app.secret, code, grant_type: "authorization_code" };
  const token = await ask("/oauth2/access_token", own);
  if (token.errcode) throw Object.assign(new Error(token.errmsg), { errcode: token.errcode });
  return ask("/userinfo", { access_token: token.access_token, openid: token.openid, lang: "zh_CN" });
};

export const elsewhere = async () => (await axios.get("https://www.example.com/")).status;
