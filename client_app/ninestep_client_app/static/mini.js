// The mini program (S4): wx.login, the code to our own server, and its token for everything else. The phone keeps that
// token and nothing more; the session_key stays on the server.
import { begin, masked, note, run, say, show, told, words } from "./frame.js";

const TOKEN = "token";

async function ask(method, path, data) {
  const header = { "Accept-Language": document.documentElement.lang };
  const token = wx.getStorageSync(TOKEN);
  if (token) header.Authorization = `Bearer ${token}`;
  const { statusCode, data: answer } = await wx.request({ url: path, method, data, header });
  const sent = data ? ` {${Object.keys(data).join(", ")}}` : "";
  const came = answer.error ?? Object.keys(answer).join(", ");
  note(`${method} ${path}${sent} → ${statusCode} ${came}`, statusCode !== 200);
  if (statusCode !== 200) throw told(answer.message ?? words.failed, answer.error);
  return answer;
}

async function code() {
  const { code } = await wx.login();
  note(`wx.login() → code ${masked(code)}`);
  return code;
}

async function login() {
  const { token, user } = await ask("POST", "/mini/login", { code: await code() });
  wx.setStorageSync(TOKEN, token);
  note(`wx.setStorageSync("${TOKEN}", ${masked(token)})`);
  show(user);
}

async function me() {
  show((await ask("GET", "/mini/me")).user);
}

async function signed(desc) {
  const { rawData, signature, encryptedData, iv } = await allowed(wx.getUserProfile({ desc }));
  note(`wx.getUserProfile() → rawData, signature ${masked(signature)}, encryptedData, iv`);
  return { rawData, signature, encryptedData, iv };
}

async function profile(button) {
  show((await ask("POST", "/mini/profile", await signed(button.dataset.desc))).user);
}

// The user's word: «deny» is no failure of ours.
async function allowed(asking) {
  try {
    return await asking;
  } catch (problem) {
    note(problem.errMsg, true);
    throw problem.errMsg.endsWith("deny") ? told(words.denied, "denied") : problem;
  }
}

// A new session_key in WeChat, and the server keeps the one that is dead now.
async function relogin() {
  await code();
}

// Data under one session_key, posted when the server has the next one.
async function oldKey(button) {
  const old = await signed(button.dataset.desc);
  await login();
  show((await ask("POST", "/mini/profile", old)).user);
}

function leave() {
  wx.removeStorageSync(TOKEN);
  note(`wx.removeStorageSync("${TOKEN}")`);
  show(null);
}

for (const button of document.querySelectorAll("[open-type=getPhoneNumber]")) {
  button.addEventListener("getphonenumber", ({ detail }) => run(button, async () => {
    const { errMsg, code, encryptedData, iv } = detail;
    if (!code) {
      note(errMsg, true);
      throw errMsg.endsWith("deny") ? told(words.denied, "denied") : detail;
    }
    note(`getPhoneNumber → code ${masked(code)}${encryptedData ? ", encryptedData, iv" : ""}`);
    const wanted = "sealed" in button.dataset ? { encryptedData, iv } : { code };
    show((await ask("POST", "/mini/phone", wanted)).user);
  }));
}

if (window.wx) begin({ login, me, profile, relogin, oldKey, leave });
else say(words.failed, "bad", "no_wx");
if (window.wx && wx.getStorageSync(TOKEN)) me().catch(() => show(null));
