// Small things the browser keeps; a full or forbidden storage is not an error.
export function recall(key, storage = localStorage) {
  try {
    return JSON.parse(storage.getItem(`icebreaker:${key}`));
  } catch {
    return null;
  }
}

export function remember(key, value, storage = localStorage) {
  try {
    storage.setItem(`icebreaker:${key}`, JSON.stringify(value));
  } catch {
    // Private mode or no room left: it works without.
  }
}

export function forget(key, storage = localStorage) {
  try {
    storage.removeItem(`icebreaker:${key}`);
  } catch {
    // As above.
  }
}
