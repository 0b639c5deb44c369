// A form marked data-once, or within what is, is sent once: a second click while the answer is under way does nothing.
// The buttons are not disabled (the pressed one's value has to travel); coming back by the history makes the form usable
// again. What is answered by a file leaves the page where it is: data-again.
const forms = document.querySelectorAll("form[data-once], [data-once] form[method=post]:not([data-again])")

function mark(form, sent) {
  form.toggleAttribute("data-sent", sent)
  for (const button of form.querySelectorAll("button")) {
    if (sent) button.setAttribute("aria-disabled", "true")
    else button.removeAttribute("aria-disabled")
  }
}

for (const form of forms) {
  form.addEventListener("submit", (event) => {
    if (form.hasAttribute("data-sent")) event.preventDefault()
    else mark(form, true)
  })
}

addEventListener("pageshow", () => forms.forEach((form) => mark(form, false)))
