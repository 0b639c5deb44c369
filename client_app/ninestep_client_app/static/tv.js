// The TV's page: asks its own server every two seconds whether somebody has confirmed, and shows what has changed.
// How often the server asks the authorization server is the server's business (RFC 8628 §3.5).
const EVERY = 2000
const screen = document.querySelector("[data-testid=tv]")

async function look() {
  try {
    const answer = await fetch(screen.dataset.look)
    if (answer.ok && (await answer.json()).state !== "waiting") return location.reload()
  } catch { /* the server is away for a moment */ }
  setTimeout(look, EVERY)
}

if (screen.dataset.state === "waiting") setTimeout(look, EVERY)
