// The waiting page presses its own button when the login is due, and tells the time left until then.
const page = document.querySelector("[data-testid=mt-retry]");
const when = page.querySelector("[data-testid=mt-retry-when]");
const button = page.querySelector("[data-testid=mt-retry-again]");

async function look() {
  const answer = await fetch(page.dataset.poll, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { seconds, text } = await answer.json();
  when.textContent = text;
  when.dataset.seconds = seconds;
  if (seconds > 0) return;
  page.dataset.state = "due";
  clearInterval(timer);
  location.assign(button.href);
}

const timer = setInterval(() => look().catch(() => {}), 1000);
