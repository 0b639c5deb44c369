// Times get the reader's own zone as a tooltip.
for (const time of document.querySelectorAll("time[data-epoch]")) {
  const moment = new Date(Number(time.dataset.epoch) * 1000)
  time.dateTime = moment.toISOString()
  time.title = moment.toLocaleString(document.documentElement.lang)
}
