// Predict cards: before ④, ⑤ and ⑦ the play stops and asks who will hold the value; the ledger knows the answer.
// Switched on by a button; the tally is in this browser's session alone.
import { go } from "./theatre.js"

const ON = "theatre-predict"
const TALLY = "theatre-tally"
let waiting = "" // where the reader was about to go
let asked = null // the card that is open

const on = () => sessionStorage.getItem(ON) === "1"
const flow = document.querySelector("[data-flow]").dataset.flow
const tally = () => JSON.parse(sessionStorage.getItem(TALLY) ?? '{"right":0,"all":0,"answered":[]}')
const answered = (card) => tally().answered.includes(`${flow}:${card.dataset.step}`)

function show() {
  document.querySelector("[data-predict]")?.setAttribute("aria-pressed", String(on()))
  const { right, all } = tally()
  for (const line of document.querySelectorAll("[data-tally]")) {
    line.textContent = all ? line.dataset.words.replace("%d", right).replace("%d", all) : ""
  }
}

document.addEventListener("theatre:going", (event) => {
  if (!on()) return
  const msg = new URL(event.address, location.href).searchParams.get("msg")
  const card = [...document.querySelectorAll("[data-card]")].find(({ dataset }) => dataset.seq === msg)
  if (!card || answered(card)) return
  event.preventDefault()
  waiting = event.address
  asked = card
  card.hidden = false
  card.querySelector("input").focus()
  card.scrollIntoView({ block: "nearest" })
})

document.addEventListener("submit", (event) => {
  const card = event.target.closest("[data-card]")
  if (!card) return
  event.preventDefault()
  const chosen = [...card.querySelectorAll("input:checked")].map(({ value }) => value).sort()
  const isRight = chosen.join(" ") === card.dataset.answer.split(" ").sort().join(" ")
  const before = tally()
  sessionStorage.setItem(
    TALLY,
    JSON.stringify({
      right: before.right + Number(isRight),
      all: before.all + 1,
      answered: [...before.answered, `${flow}:${card.dataset.step}`],
    }),
  )
  for (const verdict of card.querySelectorAll("[data-verdict]")) {
    verdict.hidden = (verdict.dataset.verdict === "right") !== isRight
  }
  card.querySelector("[data-check]").hidden = true
  const next = card.querySelector("[data-continue]")
  next.hidden = false
  next.focus()
  show()
})

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-predict]")) {
    sessionStorage.setItem(ON, on() ? "" : "1")
    show()
  }
  if (target.closest("[data-continue]")) {
    asked = null
    go(waiting)
  }
})

// What is recorded meanwhile draws another card in the place of the open one, which keeps what was ticked.
document.addEventListener("theatre:swapped", () => {
  const fresh = asked && document.querySelector(`[data-card][data-step="${asked.dataset.step}"]`)
  if (fresh && fresh !== asked) {
    asked.dataset.answer = fresh.dataset.answer
    fresh.replaceWith(asked)
    if (document.activeElement === document.body) asked.querySelector("input").focus({ preventScroll: true })
  }
  show()
})
show()
