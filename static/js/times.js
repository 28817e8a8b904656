// Times that the server wrote in UTC, by the clock of who reads them.

/** Hours and minutes here of a moment. */
export function clockOf(moment, locale, zone) {
  const shown = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  return new Date(moment).toLocaleTimeString(locale, shown);
}

export function localTimes(root) {
  const show = () => {
    for (const time of root.querySelectorAll("time[data-local]")) {
      time.textContent = clockOf(time.dateTime, root.documentElement.lang);
    }
  };
  show();
  root.addEventListener("fragment", show);
}
