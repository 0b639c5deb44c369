// Health and clock are asked again while somebody looks.
const list = document.querySelector("[data-health]")
const clock = document.querySelector("[data-now]")
const opened = performance.now()
const LOOKS = { ready: "badge--ok", waiting: "badge--warn", away: "badge--bad" }

async function ask() {
  if (document.hidden) return
  const answer = await fetch(list.dataset.health).catch(() => null)
  let parts = [{ name: answer ? "redis" : "provider", state: "away" }]
  if (answer?.ok) parts = (await answer.json()).parts
  else if (answer && answer.status !== 503) return
  for (const { name, state } of parts) {
    const part = list.querySelector(`[data-testid="st-health-${name}"]`)
    if (!part || part.dataset.state === state) continue
    const badge = part.querySelector("[data-badge]")
    part.dataset.state = state
    badge.className = `badge ${LOOKS[state] ?? ""}`
    badge.lastElementChild.textContent = list.dataset[state]
  }
}

setInterval(ask, 10_000)
if (clock.closest("[data-frozen]").dataset.frozen === "false") {
  setInterval(() => {
    const moment = new Date(Number(clock.dataset.now) * 1000 + performance.now() - opened)
    clock.textContent = moment.toISOString().slice(0, 19).replace("T", " ")
  }, 1000)
}
