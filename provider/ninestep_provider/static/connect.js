// The checklist ticks itself: a long poll brings a new one as soon as the newest flow of the app has moved.
const live = document.querySelector("[data-progress]")
const WAIT = 20 // seconds; the server answers 204 when nothing happened
let failures = 0

async function follow() {
  while (true) {
    const seen = live.querySelector("[data-mark]").dataset.mark
    try {
      const address = new URL(live.dataset.progress, location.href)
      address.searchParams.set("seen", seen)
      address.searchParams.set("wait", WAIT)
      live.dataset.live = "on"
      const answer = await fetch(address)
      if (answer.status === 200) live.innerHTML = await answer.text()
      else if (answer.status !== 204) throw new Error(answer.status)
      failures = 0
    } catch {
      failures += 1
      live.dataset.live = "off"
      await new Promise((done) => setTimeout(done, Math.min(30, 2 ** failures) * 1000))
    }
  }
}

follow()
