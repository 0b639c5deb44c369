// Copy buttons appear where a clipboard is to be had.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard
  const label = button.querySelector("span")
  label.setAttribute("role", "status")
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent)
    label.textContent = button.dataset.copied
  })
}
