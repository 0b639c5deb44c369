// The theatre: swaps the parts of the page that the server has drawn anew, when something was recorded or another
// message is looked at. Links and forms work without it; it adds following, playing and keys.
const theatre = document.querySelector("[data-theatre]")
const live = document.getElementById("th-live") ?? theatre
const stage = theatre.dataset.theatre === "stage"
const POLL = 2000 // milliseconds, where no stream is to be had

const APART = 80 // milliseconds between two requests of the stream: a login is a burst of records

let asked = 0
let running = null
let begun = 0

function partsOf(address) {
  const url = new URL(address, location.href)
  url.searchParams.set("part", "live")
  return url
}

// One request at a time; what comes meanwhile is asked for once, afterwards.
async function refresh(address = location.href) {
  const mine = ++asked
  while (running) {
    await running
    if (mine !== asked) return
  }
  running = load(address).finally(() => (running = null))
  return running
}

async function load(address) {
  begun = performance.now()
  try {
    const answer = await fetch(partsOf(address))
    if (answer.ok) swap(await answer.text())
    else if (answer.status === 404) location.reload()
  } catch {
    // the provider is away: the stream comes back by itself, and asks again
  }
}

function swap(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html")
  const focused = document.activeElement?.id
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = document.getElementById(part.id)
    if (!old) continue
    if (old.innerHTML !== part.innerHTML) old.replaceChildren(...part.childNodes)
    for (const { name, value } of part.attributes) old.setAttribute(name, value)
  }
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true })
  document.dispatchEvent(new CustomEvent("theatre:swapped"))
  decorate()
}

// What needs a script is hidden in what the server draws.
function decorate() {
  for (const button of document.querySelectorAll("[data-copies]")) button.hidden = !navigator.clipboard
  for (const part of document.querySelectorAll("[data-play], [data-js], [data-predict], [data-letters]")) part.hidden = false
  for (const time of live.querySelectorAll("time[data-epoch]")) {
    const moment = new Date(Number(time.dataset.epoch) * 1000)
    time.dateTime = moment.toISOString()
    time.title = moment.toLocaleString(document.documentElement.lang)
  }
  showPlaying()
  showLetters()
  live.querySelector(".th-msg--now")?.scrollIntoView({ block: "nearest" })
}

export async function go(address, { remember = true } = {}) {
  const last = new Event("theatre:going", { cancelable: true })
  last.address = address
  if (!document.dispatchEvent(last)) return
  if (remember) history.pushState(null, "", address)
  else history.replaceState(null, "", address)
  await refresh(address)
}

// In one column the drawer is below the list.
function showDrawer() {
  const side = document.getElementById("th-side")
  if (side.offsetTop > document.getElementById("th-score").offsetTop) side.scrollIntoView({ block: "start" })
}

addEventListener("popstate", () => stage && refresh())

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]")
  if (link && !event.defaultPrevented && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
    event.preventDefault()
    stop()
    go(link.href).then(() => link.matches(".th-msg__link") && showDrawer())
  }
  const copy = event.target.closest("[data-copies]")
  if (copy) copyFrom(copy)
  const menu = document.querySelector("[data-menu][open]")
  if (menu && !menu.contains(event.target)) menu.open = false
})

async function copyFrom(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent)
  const label = button.querySelector("span")
  label.setAttribute("role", "status")
  label.textContent = button.dataset.copied
}

// Buttons of the bar and the drawer post the one form that has the token; then the page is drawn anew. A second click
// while the first is under way does nothing.
let posting = false

document.getElementById("th-post")?.addEventListener("submit", async (event) => {
  const button = event.submitter
  if (!button) return
  event.preventDefault()
  if (posting) return
  posting = true
  try {
    await post(button, new URLSearchParams(new FormData(event.target)))
  } catch {
    // the provider is away: the stream says when it is back
  } finally {
    posting = false
  }
})

async function post(button, body) {
  if (button.name) body.append(button.name, button.value)
  const answer = await fetch(button.formAction, { method: "POST", body })
  const address = new URL(answer.url)
  if (!answer.redirected) location.reload() // an old form, or a flow that is gone: the page itself says so
  else if (address.pathname !== location.pathname || address.searchParams.has("problem")) location.href = address
  else await go(address.href, { remember: false })
}

// -- live --

const stream = document.querySelector("[data-state-of-stream]")

function tell(state) {
  theatre.dataset.stream = state
  if (stream) stream.textContent = stream.dataset[state] ?? ""
}

let coming = 0

function listen() {
  const source = new EventSource(theatre.dataset.events)
  source.addEventListener("open", () => tell("live"))
  source.addEventListener("message", () => {
    clearTimeout(coming)
    coming = setTimeout(refresh, Math.max(0, begun + APART - performance.now()))
  })
  source.addEventListener("begun", ({ data }) => follow(JSON.parse(data).flow))
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return
    tell("polling") // as many as the provider can bear are listening already
    setInterval(refresh, POLL)
  })
  addEventListener("pagehide", () => source.close())
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload())
}

function follow(flow) {
  const here = new URL(location.href)
  if (here.searchParams.get("live") !== "1" || here.hash === "#stay") return // played for somebody: this one is theirs
  const next = new URL(theatre.dataset.next.replace("FLOW", encodeURIComponent(flow)), location.href)
  for (const name of ["live", "present", "all", "dialogue"]) {
    if (here.searchParams.has(name)) next.searchParams.set(name, here.searchParams.get(name))
  }
  location.href = next
}

// -- transport --

let timer = 0

const bar = () => document.getElementById("th-bar")

function showPlaying() {
  const button = document.querySelector("[data-play]")
  if (!button) return
  button.setAttribute("aria-pressed", String(Boolean(timer)))
  for (const state of button.querySelectorAll("[data-when]")) state.hidden = (state.dataset.when === "playing") !== Boolean(timer)
  const speed = document.querySelector("[data-speed]")
  speed.value = sessionStorage.getItem("theatre-speed") ?? speed.value
}

function stop() {
  clearTimeout(timer)
  timer = 0
  showPlaying()
}

export function playing() {
  return Boolean(timer)
}

async function tick() {
  while (running) await running // slower than the pace: what it brings says where to go on
  if (!timer) return
  const forward = bar().dataset.forward
  if (!forward) return stop()
  await go(forward, { remember: false })
  if (timer) timer = setTimeout(tick, Number(document.querySelector("[data-speed]").value))
}

function play() {
  if (timer) return stop()
  const first = live.querySelector(".th-msg__link")
  if (bar().dataset.done === "true" && first) {
    go(first.href, { remember: false })
    timer = setTimeout(tick, Number(document.querySelector("[data-speed]").value))
  } else {
    timer = setTimeout(tick, 0)
  }
  showPlaying()
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-play]")) play()
  if (target.closest("[data-letters]")) {
    sessionStorage.setItem("theatre-letters", letters() ? "" : "1")
    showLetters()
  }
})

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-speed]")) sessionStorage.setItem("theatre-speed", target.value)
})

// -- keys: arrows and space on the bar; single letters only once somebody has switched them on (WCAG 2.1.4) --

const letters = () => sessionStorage.getItem("theatre-letters") === "1"

function showLetters() {
  document.querySelector("[data-letters]")?.setAttribute("aria-pressed", String(letters()))
}

const LETTERS = {
  j: () => bar().dataset.forward,
  k: () => bar().dataset.back,
  l: () => document.getElementById("tab-ledger").href,
  d: () => document.getElementById("tab-doctor").href,
}

document.addEventListener("keydown", (event) => {
  if (!stage || event.metaKey || event.ctrlKey || event.altKey || event.target.matches("input, select, textarea")) return
  const inBar = event.target.closest("#th-bar")
  let address = ""
  if (inBar && event.key === "ArrowRight") address = bar().dataset.forward
  else if (inBar && event.key === "ArrowLeft") address = bar().dataset.back
  else if (inBar && event.key === " " && !event.target.matches("button")) play()
  else if (letters() && LETTERS[event.key]) address = LETTERS[event.key]()
  else if (letters() && event.key === "r") play()
  else return
  event.preventDefault()
  if (!address) return
  stop()
  go(address)
})

decorate()
listen()
if (stage && location.hash === "#play") play() // over before anybody could look: once more, at a pace to follow
