// The town's learning page plays a sample: it has opened this page, and now this page presses its own button for its
// visitor. Only who opened it, and only from the provider's address, is listened to; a link from anywhere else leaves
// the button to be pressed by hand. So no address does what a POST is for.
const READY = "ninestep:ready", PLAY = "ninestep:play"
const EVERY = 200, AT_MOST = 15_000 // milliseconds: who opened this may still be loading
const SEEN = 1000 // for whoever looks on: what is pressed, and what stands in the form

const button = document.querySelector("[data-played-by]")
const town = button && new URL(button.dataset.playedBy).origin

function press({ source, origin, data }) {
  if (source !== opener || origin !== town || data !== PLAY) return
  removeEventListener("message", press)
  clearInterval(asking)
  document.querySelector("[data-playing]").hidden = false
  button.scrollIntoView({ block: "nearest" })
  button.focus()
  setTimeout(() => button.click(), SEEN)
}

let asking = 0
if (button && opener) {
  addEventListener("message", press)
  asking = setInterval(() => opener?.postMessage(READY, town), EVERY)
  setTimeout(() => clearInterval(asking), AT_MOST)
}
