// A step is taken once: a second click while the answer is under way does nothing. Coming back by the history asks
// again how the step stands, because the page that the browser kept may show a button for what is done.
const form = document.querySelector("form[data-once]")

form?.addEventListener("submit", (event) => {
  if (form.hasAttribute("data-sent")) event.preventDefault()
  else form.setAttribute("data-sent", "")
})

addEventListener("pageshow", (event) => event.persisted && location.reload())
