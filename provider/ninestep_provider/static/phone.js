// The phone around an opened App or mini program. The page in the frame says what it wants by postMessage; this page
// asks WeChat (/connect/phone/…) as the phone's owner, shows the owner WeChat's own sheet, and answers the frame.
// Only the app's own origin is heard, and only it is answered. A session_key never comes here.
const frame = document.querySelector("[data-phone]")
const { kind, appid, origin, bridge, csrf } = frame.dataset
const sheet = document.querySelector("[data-sheet]")
const list = sheet.querySelector("[data-items]")
const generation = document.querySelector("[data-generation]")
const launch = document.querySelector("[data-testid=ph-launch]")
const PLATFORM = "https://api.weixin.qq.com"
const COMMON = -1

async function ask(what, told = {}) {
  const answer = await fetch(bridge + what, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify(told),
  })
  if (answer.status === 401 || answer.status === 400) location.reload() // nobody's phone now, or another login since
  return answer.json()
}

// -- the sheet: one at a time; closing it is no answer

let turn = Promise.resolve()

function choose(items) {
  turn = turn.then(() => open(items))
  return turn
}

function open(items) {
  list.replaceChildren(...items.map(row))
  sheet.returnValue = "cancel"
  sheet.showModal()
  return new Promise((resolve) => {
    const closed = () => {
      const ticked = [...list.querySelectorAll("input:checked")].map((input) => input.value)
      resolve({ decision: sheet.returnValue, items: ticked })
    }
    sheet.addEventListener("close", closed, { once: true })
  })
}

function row({ name = "", label, optional = false, checked = true }) {
  const made = document.querySelector(optional ? "[data-row-optional]" : "[data-row]").content.cloneNode(true)
  made.querySelector("span").textContent = label
  const input = made.querySelector("input")
  if (input) Object.assign(input, { value: name, checked })
  return made
}

for (const button of sheet.querySelectorAll("button")) {
  button.addEventListener("click", () => sheet.close(button.value))
}

// -- a mini program's calls

function count(n) {
  if (n === undefined || String(n) === generation.dataset.generation) return
  generation.dataset.generation = n
  generation.classList.toggle("badge--ok", n > 0)
  generation.textContent = n ? generation.dataset.some.replace("{n}", n) : generation.dataset.none
}

async function login() {
  const told = await ask("login")
  count(told.generation)
  return told.error ? { error: told.error } : { code: told.code }
}

async function checkSession() {
  const told = await ask("session")
  count(told.generation)
  return told.error ? { error: told.error } : { valid: told.valid }
}

async function consented(what, label) {
  const told = await ask(what)
  if (!told.ask) return told
  const { decision } = await choose([{ label: label.replace("{number}", told.ask.number) }])
  return ask(what, { decision: decision === "approve" ? "approve" : "deny" })
}

// -- an App's calls

const failed = (state) => ({ errCode: COMMON, code: "", state, lang: "", country: "", url: "" })

async function sendAuth({ appid: given, scope, state = "" }) {
  launch.hidden = true
  if (given !== appid) return failed(state)
  let told = await ask("auth", { scope, state })
  if (told.ask) {
    const { rid, user, items } = told.ask
    told = await ask("auth", { rid, user, ...(await choose(items)) })
  }
  const resp = told.resp ?? failed(state)
  if (resp.url) {
    launch.querySelector("[data-launch]").textContent = new URL(resp.url).protocol + "//oauth"
    launch.hidden = false
  }
  return resp
}

// What native code could always do and no page can: call the platform itself. Nothing else of this origin is reached.
async function request({ url }) {
  const wanted = URL.canParse(url) ? new URL(url) : null
  const known = wanted && (wanted.origin === PLATFORM || wanted.origin === location.origin)
  if (!known || !wanted.pathname.startsWith("/sns/oauth2/")) return { error: "url not in domain list" }
  const answer = await fetch(wanted.pathname + wanted.search, { credentials: "omit" })
  return { statusCode: answer.status, data: await answer.text() }
}

const CALLS = {
  mini_program: {
    login,
    checkSession,
    getUserProfile: () => consented("user_info", sheet.dataset.profile),
    getPhoneNumber: () => consented("phone_number", sheet.dataset.number),
  },
  mobile: { sendAuth, request },
}[kind]

addEventListener("message", async ({ data, source, origin: from }) => {
  if (source !== frame.contentWindow || from !== origin || data?.ninestep !== "call") return
  const call = Object.hasOwn(CALLS, data.call) ? CALLS[data.call] : async () => ({ error: "not supported" })
  const value = await call(data.told ?? {}).catch(() => ({ error: "system error" }))
  source.postMessage({ ninestep: "answer", id: data.id, value }, origin)
})

frame.src = frame.dataset.page // not before: a call that an app makes while it loads would be lost

const reload = document.querySelector("[data-reload]")
reload.hidden = false
reload.addEventListener("click", () => { frame.src = frame.src })
