// The QR page: asks again and again how the code stands, in the platform's own dialect, and leaves with the code.
const box = document.querySelector("[data-poll]")
const status = box.querySelector("[data-state]")
const framed = window.top !== window
const ANSWER = /window\.wx_errcode=(\d+);window\.wx_code='([^']*)'/
const SOON = 100 // milliseconds
const LATER = 2000

function show(state) {
  if (status.dataset.state === state) return
  for (const part of box.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== state
  status.dataset.state = state
}

function tell(event) {
  if (framed) parent.postMessage({ wxLogin: event }, "*") // no secret: only that the page stands
}

// In a frame the whole tab goes, unless the site wants the frame alone to go. A browser may forbid that to a frame that
// nobody has touched: then wxLogin.js does it for a page of the callback's own origin, or the person by a link.
function leave(address) {
  if (!framed || box.dataset.selfRedirect === "true") {
    window.location.href = address
    return
  }
  const link = box.querySelector("[data-testid=wx-qr-go]")
  link.href = address
  link.hidden = false
  try {
    window.top.location.href = address
  } catch {
    parent.postMessage({ wxLogin: "leave", address }, box.dataset.target)
  }
}

function withCode(code) {
  return box.dataset.before + encodeURIComponent(code) + box.dataset.after
}

async function ask(last) {
  let number = 0
  let code = ""
  try {
    const seen = last ? `&last=${last}` : ""
    const answer = await fetch(`${box.dataset.poll}${seen}&_=${Date.now()}`, { credentials: "omit" })
    const found = ANSWER.exec(await answer.text())
    if (found) [number, code] = [Number(found[1]), found[2]]
  } catch {
    // the provider is away: later
  }
  switch (number) {
    case 405:
      show("confirmed")
      leave(withCode(code))
      break
    case 404:
      show("scanned")
      setTimeout(ask, SOON, 404)
      break
    case 403:
      show("denied")
      if (box.dataset.refused) setTimeout(leave, LATER, box.dataset.refused)
      else setTimeout(ask, LATER, 403)
      break
    case 402:
    case 500:
      show("expired")
      break
    default:
      setTimeout(ask, LATER)
  }
}

const image = box.querySelector("img")
if (image.complete) tell("qrcode")
else image.addEventListener("load", () => tell("qrcode"))
tell("ready")
addEventListener("pageshow", (event) => event.persisted && location.reload())
if (status.dataset.state !== "expired") ask()
