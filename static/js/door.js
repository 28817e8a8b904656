// The host link carries its token behind a #, which no server ever sees or logs.
// This trades it for a cookie once and opens the host's page.
export async function openDoor(root) {
  const door = root.querySelector("[data-host-link]");
  const token = location.hash.slice(1);
  if (!door) return;
  if (!token) {
    // Somebody opens the whole link in the tab of the closed door.
    addEventListener("hashchange", () => openDoor(root), { once: true });
    return;
  }
  const opening = door.querySelector("[data-opening]");
  const closed = door.querySelector("[data-closed]");
  opening.hidden = false;
  closed.hidden = true;
  history.replaceState(null, "", location.pathname);
  try {
    const response = await fetch(door.dataset.hostLink, {
      method: "POST",
      headers: { "X-CSRFToken": door.dataset.csrf },
      body: new URLSearchParams({ token }),
    });
    if (response.ok) return location.reload();
  } catch {
    // Falls through to the closed door.
  }
  opening.hidden = true;
  closed.hidden = false;
}
