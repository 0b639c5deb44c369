// 美团 App 旧版 (S4, way 1): the App redeems the code itself, with the secret that was built into it. Do not copy this:
// whoever unpacks the App has the secret (/app/old/strings).
import { begin, masked, note, told, words } from "./frame.js";

const TOKEN_URL = "https://api.weixin.qq.com/sns/oauth2/access_token";
const CANCELLED = -2, DENIED = -4;

async function login() {
  WXApi.registerApp(words.appid);
  const resp = await WXApi.sendReq({ type: "SendAuth", scope: "snsapi_userinfo", state: "meituan_old" });
  note(`SendAuth.Resp → errCode ${resp.errCode}${resp.code ? `, code ${masked(resp.code)}` : ""}`, resp.errCode !== 0);
  if (resp.errCode === DENIED) throw told(words.denied, "access_denied");
  if (resp.errCode === CANCELLED) throw told(words.cancelled, "cancelled");
  if (resp.errCode !== 0) throw told(words.failed, "failed");
  const query = { appid: words.appid, secret: words.secret, code: resp.code, grant_type: "authorization_code" };
  const { statusCode, data } = await WXApi.request({ url: `${TOKEN_URL}?${new URLSearchParams(query)}` });
  note(`GET ${TOKEN_URL} {${Object.keys(query).join(", ")}} → ${statusCode} ${data.errcode ?? `access_token ${masked(data.access_token)}`}`, !data.access_token);
  if (!data.access_token) throw told(words.failed, "failed");
}

begin({ login });
