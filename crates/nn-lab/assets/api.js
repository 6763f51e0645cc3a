// Requests to the server this page came from.

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function answer(response) {
  const body = await response.json().catch(() => null);
  if (!response.ok) {
    throw new Refused(response.status, body?.error?.message ?? response.statusText);
  }
  return body;
}

export async function get(path) {
  return answer(await fetch(path));
}

export async function post(path, body = {}) {
  return answer(await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }));
}

let session = null;

// This visitor's session, opened when it is first needed. The server forgets sessions that
// haven't been used for long; then a new one is opened.
export async function mySession() {
  session ??= post("/api/sessions").then((opened) => opened.session);
  return session;
}

// Does something with the session; once more with a new one if the server has forgotten it.
export async function withSession(work) {
  try {
    return await work(await mySession());
  } catch (error) {
    if (error.status !== 404) throw error;
    session = null;
    return work(await mySession());
  }
}

// Runs `work` for the newest value only: while one is under way, of further ones the last is kept.
export function newestOnly(work) {
  let busy = false;
  let next = null;
  return async function run(value) {
    if (busy) {
      next = { value };
      return;
    }
    busy = true;
    try {
      await work(value);
    } finally {
      busy = false;
      if (next) {
        const { value: newest } = next;
        next = null;
        run(newest);
      }
    }
  };
}
