// Swagger UI over the town's own document; its dark colours hang on a class, ours on data-theme and the system's choice.
const place = document.querySelector(".api-docs")
const system = matchMedia("(prefers-color-scheme: dark)")

function colour() {
  const chosen = document.documentElement.dataset.theme
  const dark = chosen === "dark" || (chosen !== "light" && system.matches)
  document.documentElement.classList.toggle("dark-mode", dark)
}

colour()
system.addEventListener("change", colour)

window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  filter: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  validatorUrl: null, // nobody outside is asked
  presets: [window.SwaggerUIBundle.presets.apis],
})
