// What every script of this page could do: read the token from behind the #. It is shown masked, and taken out of the
// address bar, for which it is too late: history and extensions have seen it.
const box = document.querySelector("[data-testid=cf-token]")
const token = new URLSearchParams(location.hash.slice(1)).get("access_token") ?? ""
const state = token ? "token" : "none"

box.querySelector("[data-testid=cf-token-masked]").textContent = `access_token=••••${token.slice(-4)}`
for (const part of box.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== state
box.dataset.state = state
if (token) history.replaceState(null, "", location.pathname)
