// Logto's connectors for WeChat, called as Logto calls them.
import { load } from "./around.mjs";

const { default: web } = await load("@logto/connector-wechat-web");
const { default: native } = await load("@logto/connector-wechat-native");

const connector = (app, kind) =>
  ({ web, native })[kind]({ getConfig: async () => ({ appId: app.appid, appSecret: app.secret }) });

export const authorizationUri = async ({ app, kind }) =>
  (await connector(app, kind)).getAuthorizationUri({ state: "st", redirectUri: app.callback }, async () => {});

export const userInfo = async ({ app, kind, said }) => (await connector(app, kind)).getUserInfo(said, async () => ({}));
