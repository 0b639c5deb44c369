// A public client (RFC 6749 §2.1) in a page: no back end, no secret. What has to survive the redirect waits in
// sessionStorage; tokens stay in this script's memory and are gone with the page.
const root = document.querySelector("[data-client-id]")
const { clientId, issuer, userinfo, redirectUri } = root.dataset
const WAITING = "spa.waiting"

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)))

async function challenge(verifier) {  // RFC 7636 §4.2
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))))
}

async function leave(way, prompt) {
  const waiting = { way, state: random(), verifier: way === "code" ? random() : "" }
  const query = { client_id: clientId, redirect_uri: redirectUri, scope: "user_info", state: waiting.state }
  if (way === "code") {
    Object.assign(query, { response_type: "code", code_challenge_method: "S256", code_challenge: await challenge(waiting.verifier) })
  } else {
    query.response_type = "token"
  }
  if (prompt) query.prompt = prompt
  sessionStorage.setItem(WAITING, JSON.stringify(waiting))
  location.assign(`${issuer}/oauth/authorize?${new URLSearchParams(query)}`)
}

async function come() {
  const waiting = JSON.parse(sessionStorage.getItem(WAITING) ?? "null")
  sessionStorage.removeItem(WAITING)
  const told = new URLSearchParams(waiting?.way === "implicit" ? location.hash.slice(1) : location.search)
  history.replaceState(null, "", location.pathname)  // too late for the history of the implicit way
  if (!waiting || told.get("state") !== waiting.state) throw "invalid_state"
  if (told.get("iss") !== issuer) throw "issuer_mismatch"  // RFC 9207
  if (told.get("error")) throw told.get("error")
  const token = waiting.way === "code" ? await redeemed(told.get("code"), waiting.verifier) : told.get("access_token")
  return { way: waiting.way, person: await ask(userinfo, { headers: { Authorization: `Bearer ${token}` } }) }
}

async function redeemed(code, code_verifier) {
  const form = { grant_type: "authorization_code", code, code_verifier, redirect_uri: redirectUri, client_id: clientId }
  return (await ask(`${issuer}/oauth/token`, { method: "POST", body: new URLSearchParams(form) })).access_token
}

async function ask(url, options) {
  const answer = await fetch(url, { ...options, credentials: "omit" })
  const document = await answer.json()
  if (!answer.ok) throw document.error
  flow = answer.headers.get("X-Ninestep-Flow") || flow
  return document
}

let flow = ""
const find = (id) => root.querySelector(`[data-testid=${id}]`)
const show = (state) => {
  root.dataset.state = state
  for (const part of root.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== state
}

for (const button of root.querySelectorAll("[data-way]")) {
  button.disabled = false
  button.addEventListener("click", () => leave(button.dataset.way, button.dataset.prompt))
}
if (root.dataset.state === "working") {
  try {
    const { way, person } = await come()
    find("sp-name").textContent = find("sp-name").dataset.text.replace("{name}", person.name)
    if (person.avatar) find("sp-avatar").src = person.avatar
    for (const text of root.querySelectorAll("[data-came]")) text.hidden = text.dataset.came !== way
    const link = find("sp-theatre")
    if (link && flow) {
      link.href += flow
      link.hidden = false
    }
    show("in")
  } catch (problem) {
    find("sp-error").textContent = typeof problem === "string" ? problem : "server_error"
    show("failed")
  }
}
