// Times get the reader's own zone as a tooltip; copy buttons appear where a clipboard is to be had.
for (const time of document.querySelectorAll("time[data-epoch]")) {
  const moment = new Date(Number(time.dataset.epoch) * 1000)
  time.dateTime = moment.toISOString()
  time.title = moment.toLocaleString(document.documentElement.lang)
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard
  const label = button.querySelector("span")
  label.setAttribute("role", "status")
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent)
    label.textContent = button.dataset.copied
  })
}
