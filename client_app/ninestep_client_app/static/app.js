// 美团 App (S4, way 2): a state from our own server, a code from WeChat, and both to our own server.
import { begin, masked, note, show, told, words } from "./frame.js";

const TOKEN = "meituan_app_token", CANCELLED = -2, DENIED = -4;

async function ask(method, path, data) {
  const headers = { "Accept-Language": document.documentElement.lang, "Content-Type": "application/json" };
  const body = data ? JSON.stringify(data) : undefined;
  const reply = await fetch(path, { method, headers, body, credentials: "omit" });
  const answer = await reply.json();
  const sent = data ? ` {${Object.keys(data).join(", ")}}` : "";
  note(`${method} ${path}${sent} → ${reply.status} ${answer.error ?? Object.keys(answer).join(", ")}`, !reply.ok);
  if (!reply.ok) throw told(answer.message ?? words.failed, answer.error);
  return answer;
}

async function login() {
  const { state } = await ask("POST", "/app/state");
  WXApi.registerApp(words.appid);
  const resp = await WXApi.sendReq({ type: "SendAuth", scope: "snsapi_userinfo", state });
  note(`SendAuth.Resp → errCode ${resp.errCode}${resp.code ? `, code ${masked(resp.code)}` : ""}`, resp.errCode !== 0);
  if (resp.errCode === DENIED) throw told(words.denied, "access_denied");
  if (resp.errCode === CANCELLED) throw told(words.cancelled, "cancelled");
  if (resp.errCode !== 0) throw told(words.failed, "failed");
  if (resp.state !== state) throw told(words.failed, "invalid_state");
  const { token, user } = await ask("POST", "/app/login", { code: resp.code, state });
  localStorage.setItem(TOKEN, token);
  note(`token ${masked(token)}`);
  show(user);
}

function leave() {
  localStorage.removeItem(TOKEN);
  show(null);
}

begin({ login, leave });
