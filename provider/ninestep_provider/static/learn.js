// Print buttons appear where there is a script to press them.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false
  button.addEventListener("click", () => print())
}

// «Four ways to a token»: the sample in a window of its own, beside this one where there is room, and here what it does.
// Without a script, and where no window may be opened, the link itself leads to the sample.
const WIDE = 900, BESIDE = 460 // pixels of the screen, and of the window

for (const link of document.querySelectorAll("a[data-plays]")) {
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
    const { availWidth, availHeight } = screen
    const beside = `popup,width=${BESIDE},height=${availHeight},left=${availWidth - BESIDE},top=0`
    if (!open(link.href, link.target, availWidth >= WIDE ? beside : "")) return
    event.preventDefault()
    location.assign(link.dataset.plays)
  })
}
