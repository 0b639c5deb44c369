// Waits for the flow that was pressed for, and gives its place to the theatre. The sample in the other window says when
// it is ready (client_app's played.js): then, and not before, it is asked to press its button, so nothing is missed.
const room = document.querySelector("[data-look]")
const client = new URL(room.dataset.stage).origin
const POLL = 2000 // milliseconds, where no stream is to be had

addEventListener("message", ({ source, origin, data }) => {
  if (origin === client && data === "ninestep:ready") source.postMessage("ninestep:play", client)
})

let looking = false, again = false

async function look() {
  if (looking) return (again = true)
  looking = true
  try {
    // A redirect leads to the theatre; the browser follows it itself, with what stands behind the #.
    const answer = await fetch(room.dataset.look, { redirect: "manual" })
    if (answer.type === "opaqueredirect") return location.replace(room.dataset.look)
  } catch { /* the provider is away for a moment */ } finally {
    looking = false
  }
  if (again) {
    again = false
    look()
  }
}

const source = new EventSource(room.dataset.events)
source.addEventListener("message", look)
source.addEventListener("error", () => source.readyState === EventSource.CLOSED && setInterval(look, POLL))
addEventListener("pagehide", () => source.close())
addEventListener("pageshow", ({ persisted }) => persisted && location.reload())
