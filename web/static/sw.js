// The coordinator's worker: keeps the list and the sheets, keeps visits that found no signal, and
// sends each of them once. It renders nothing: every page it shows was made by the server.
// Photos lie in a table of their own and follow their visit; none ever holds up a visit.
"use strict";

const SHELL = "shell", SHEETS = "sheets", NAME = "visits";
const PLAN = "/visits/offline", WAITING = "/visits/waiting", NO_SIGNAL = "/visits/no-signal";
const FRAMES = [WAITING, NO_SIGNAL]; // hold nobody's data: they stay when the sheets are too old
const VISIT = /^\/visits\/[0-9a-f-]{36}$/;
const SLOW_PAGE = 8000, SLOW_POST = 25000, SLOW_PHOTO = 90000, OLD_PLAN = 60000; // milliseconds
const SAYS = 1000; // until a page has said that something was not sent
const REST = 600000; // until a photo that could not be taken is sent again: it is heavy
const MEMORY = 30 * 86400000; // what is read, sent, or somebody else's stays no longer
const GONE = "gone"; // this device was taken away
// On every answer of our server: the mark of the coordinator who reads, or who else it is. Without
// it a server in front of ours has answered, and its word lets nothing go.
const READER = "X-Reader", NOBODY = "-", DESK = "desk";
const LOGIN = [401, 403], UNPROCESSABLE = 422, REFUSED = [400, 404, 409, 413, UNPROCESSABLE];
const DOORS = /^\/(sign-in$|enter\/|start\/pin$|role$)/; // behind them may be somebody else
const inHand = new Set(); // visits that a form is sending just now
let full = false; // the device had no room for what was to be kept

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("sync", (event) => event.waitUntil(inStep(true).then(orLater)));
self.addEventListener("message", (event) => event.waitUntil(told(event.data)));
self.addEventListener("fetch", (event) => {
  const request = event.request, url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "GET" && url.pathname.startsWith("/static/")) {
    event.respondWith(fromShell(request));
  } else if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(page(request, url));
  } else if (request.mode === "navigate" && VISIT.test(url.pathname)) {
    event.respondWith(visit(event, request, url));
  } else if (request.mode === "navigate") {
    event.respondWith(otherPost(request, url));
  }
});

// Pages

async function fromShell(request) {
  return (await caches.match(request)) || fetch(request);
}

async function page(request, url) {
  const known = await keptPage(url.pathname).catch(() => undefined);
  if (url.pathname === WAITING && known) return known;
  try {
    const answer = await (known ? within(SLOW_PAGE, fetch(request)) : fetch(request));
    if (answer.type === "opaqueredirect") return answer;
    if (ours(answer) && answer.status < 500) {
      await heed(url.pathname, answer, known).catch(() => {});
      return answer;
    }
    const instead = known || (!ours(answer) && (await keptPage(NO_SIGNAL)));
    if (instead) await mark("trouble", true);
    return instead || answer;
  } catch {
    await noSignal().catch(() => {});
    return known || (await keptPage(NO_SIGNAL).catch(() => undefined)) || Response.error();
  }
}

const ours = (answer) => answer.headers.has(READER);

// The server is there. The newest page of who reads is kept; pages of somebody else go.
async function heed(path, answer, known) {
  await mark("signal", true);
  await mark("trouble", false);
  const reader = answer.headers.get(READER);
  if (reader === NOBODY) return;
  if (await belongsTo(reader) && known && answer.status === 200) {
    await (await storeOf(path)).put(path, answer.clone());
  }
}

async function belongsTo(reader) {
  const owner = await meta("owner");
  if (owner && owner !== reader) await forgetPages();
  await mark("account", reader);
  return owner === reader;
}

const storeOf = (path) => caches.open(FRAMES.includes(path) ? "frames" : SHEETS);

async function forgetPages() {
  for (const name of ["frames", SHEETS]) await caches.delete(name);
  for (const key of ["pages", "marks", "owner", "last"]) await remove("meta", key);
}

async function keptPage(path) {
  if (!(await meta("account"))) return undefined; // somebody came in, and it is not known yet who
  const last = await meta("last"), time = await meta("keep");
  if (FRAMES.includes(path) || (last && Date.now() <= last + time)) return caches.match(path);
  await caches.delete(SHEETS);
  for (const key of ["pages", "marks"]) await remove("meta", key);
  return undefined;
}

function within(time, promise) {
  return Promise.race([promise, new Promise((_, no) => setTimeout(() => no(new Error("slow")), time))]);
}

async function otherPost(request, url) {
  const answer = await fetch(request).catch(() => null);
  if (answer && answer.type === "opaqueredirect") {
    if (url.pathname === "/sign-out") await wipe();
    else if (DOORS.test(url.pathname)) await mark("account", "");
    return answer;
  }
  if (answer && ours(answer)) return answer;
  if (await saidUnsent()) return asItIs();
  return (await keptPage(NO_SIGNAL).catch(() => undefined)) || answer || Response.error();
}

// Answers whether the page at hand says itself that it was not sent.
async function saidUnsent() {
  const pages = await self.clients.matchAll({ type: "window" });
  const said = pages.filter((one) => one.visibilityState === "visible").map((one) => {
    const { port1, port2 } = new MessageChannel();
    one.postMessage({ stays: true }, [port2]);
    return within(SAYS, new Promise((yes) => { port1.onmessage = () => yes(true); }));
  });
  return Promise.any(said).catch(() => false);
}

// The page stays, with all that was filled in.
const asItIs = () => new Response(null, { status: 204 });

// A visit: kept on the device first, then to the server if it answers

async function visit(event, request, url) {
  if (await atDesk()) return otherPost(request, url);
  const form = request.clone(), path = url.pathname;
  const fields = [...(await request.formData()).entries()].map(([n, v]) => [n, String(v)]);
  const id = valueOf(fields, "visit_id"), case_id = path.split("/")[2];
  const before = await get("queue", id).catch(() => undefined);
  const fresh = !before || before.state === "waiting";
  let kept = fresh && (await keepVisit(path, fields, id));
  inHand.add(id);
  try {
    const answer = await ask(path, new URLSearchParams(fields)).catch(() => null);
    const said = answer && (await wordOf(answer));
    if (said && said.answer !== "refused") {
      await put("queue", { id, state: "sent", at: Date.now() }).catch(() => {});
      if (await bindPhotos(case_id, id)) event.waitUntil(inStep(true));
      return Response.redirect(`${path}/saved`, 303);
    }
    if (said && (answer.status === UNPROCESSABLE || !kept)) return await shownAgain(form, id);
    if (said) {
      await settle({ ...(await get("queue", id)), id }, said);
      return Response.redirect(WAITING, 303);
    }
    // A sheet that was sent already is answered again: that is another visit, with an id of its own.
    const queued = fresh ? id : crypto.randomUUID();
    kept = kept || (await keepVisit(path, fields, queued));
    if (!kept) return stayThere();
    await bindPhotos(case_id, queued);
    if (self.registration.sync) await self.registration.sync.register("visits").catch(() => {});
    if (answer) event.waitUntil(inStep(true));
    else await noSignal();
    return Response.redirect(WAITING, 303);
  } finally {
    inHand.delete(id);
  }
}

// What the person can mend is shown by the server in its form.
async function shownAgain(form, id) {
  const page = await fetch(form).catch(() => null);
  if (!page || (page.type !== "opaqueredirect" && !ours(page))) {
    await mark(page ? "trouble" : "signal", Boolean(page)).then(() => tell()).catch(() => {});
    return asItIs();
  }
  await remove("queue", id).catch(() => {});
  return page;
}

// Nothing could be kept or sent: the page stays as it is, with all that was filled in.
async function stayThere() {
  full = true;
  await tell().catch(() => {});
  return asItIs();
}

function valueOf(fields, name) {
  return (fields.find((field) => field[0] === name) || ["", ""])[1];
}

// Answers whether the device had room for it.
async function keepVisit(path, fields, id) {
  const case_id = path.split("/")[2];
  const sent = fields.filter(([name]) => !["csrf_token", "visit_id", "told_at"].includes(name));
  sent.push(["visit_id", id]);
  try {
    await put("queue", {
      id, path, at: Date.now(), state: "waiting", account: await reader(), case: case_id,
      name: await nameOf(case_id), outcome: valueOf(fields, "outcome"),
      note: valueOf(fields, "note"), words: "", fields: sent,
    });
  } catch {
    return false;
  }
  full = false;
  return true;
}

// Desks keep nothing on a device: what they send goes to the server as without a worker.
const atDesk = async () => (await meta("account").catch(() => "")) === DESK;
const reader = async () => (await meta("account")) || (await meta("owner"));

async function nameOf(case_id) {
  const known = ((await meta("pages")) || []).find((one) => one.cases.includes(case_id));
  return known ? known.name : "";
}

// What our server says to something sent; null where it says nothing, or somebody else answers.
async function wordOf(answer) {
  if (!ours(answer) || (answer.status !== 200 && !REFUSED.includes(answer.status))) return null;
  const said = await answer.json().catch(() => ({}));
  return said.answer ? said : null;
}

// A photo: kept on the device first, sent when its visit is there

async function keepPhoto(message) {
  if (await atDesk()) return toPages({ pass: message.id });
  const photo = {
    id: message.id, case: message.case, visit: message.visit, blob: message.blob,
    path: `/visits/${message.case}/photos`, bound: message.bound, state: "waiting", words: "",
    account: await reader(), name: await nameOf(message.case), at: Date.now(),
  };
  full = await put("photos", photo).then(() => false, () => true);
  await tell();
}

// A photo taken before the answers belongs to the visit that is saved for its case.
async function bindPhotos(case_id, visit) {
  const own = (await all("photos")).filter((one) => one.case === case_id && !one.bound);
  for (const photo of own) await put("photos", { ...photo, visit, bound: true });
  return own.length > 0;
}

async function sendPhotos(plan) {
  const facts = (await waiting()).map((entry) => entry.id);
  for (const photo of await waitingPhotos(plan.account)) {
    if (!photo.bound || facts.includes(photo.visit) || photo.rest > Date.now()) continue;
    const body = new FormData();
    for (const [name, value] of [["csrf_token", plan.csrf], ["visit_id", photo.visit], ["photo_id", photo.id]]) {
      body.append(name, value);
    }
    body.append("photo", photo.blob, "photo");
    const answer = await ask(photo.path, body, SLOW_PHOTO).catch(() => null);
    if (!answer || (ours(answer) && LOGIN.includes(answer.status))) return;
    const said = await wordOf(answer);
    if (!said) {
      await put("photos", { ...photo, rest: Date.now() + REST });
      await mark("trouble", true);
    } else if (said.answer === "taken") await remove("photos", photo.id);
    else await put("photos", { ...photo, blob: null, state: "refused", words: said.words });
    await tell(true);
  }
}

async function photosDue() {
  return (await all("photos")).some((one) => one.bound && one.state === "waiting" && !(one.rest > Date.now()));
}

async function waitingPhotos(account) {
  const rows = await all("photos");
  return rows.filter((row) => row.state === "waiting" && row.account === account);
}

// In step with the server: send what waits, then fetch the sheets that changed

let running = null, again = false;

// One run at a time. Who asks during a run may know more than it does (the line is back), so
// another one follows. A quiet run says only what it found, not that it looks.
function inStep(wanted, quiet) {
  if (running) again = again || wanted;
  else running = runs(wanted, quiet);
  return running;
}

async function runs(wanted, quiet) {
  try {
    await stepOnce(wanted, quiet).catch(noSignal);
    while (again) {
      again = false;
      await stepOnce(true).catch(noSignal);
    }
  } finally {
    running = null;
  }
}

// A failed sync is asked for again by the browser, also when no page is open any more.
async function orLater() {
  if ((await meta("signal")) !== false && !(await meta("trouble"))) return;
  if ((await waiting()).length || (await photosDue())) throw new Error("not yet");
}

async function noSignal(error) {
  if (error && error.name === "QuotaExceededError") full = true;
  else await mark("signal", false);
  await tell();
}

async function stepOnce(wanted, quiet) {
  if (!wanted && Date.now() - ((await meta("last")) || 0) < OLD_PLAN && !(await waiting()).length
      && !(await photosDue())) {
    return tell();
  }
  if (!quiet) await tell(true);
  let plan = await readPlan();
  if (plan === GONE) return undefined;
  if (!plan) return tell();
  if (await send(plan)) plan = await readPlan();
  if (plan === GONE) return undefined;
  if (!plan) return tell();
  await sendPhotos(plan);
  await letOldGo(plan.account);
  await fetchSheets(plan);
  await mark("last", Date.now());
  full = false;
  return tell();
}

async function readPlan() {
  const answer = await ask(PLAN), known = ours(answer) && answer.status < 500;
  await mark("signal", true);
  await mark("trouble", !known);
  if (!known) return null;
  await mark("locked", answer.status === 401);
  if (answer.status === 401 && (await gone(answer))) return GONE;
  if (answer.status === 403) await forgetPages(); // the reader is no coordinator now
  if (answer.status !== 200) return null;
  const plan = await answer.json();
  await belongsTo(plan.account);
  await mark("keep", plan.keep);
  plan.ahead = Date.now() - (Date.parse(answer.headers.get("Date")) || Date.now());
  return plan;
}

function ask(path, body, time) {
  return within(time || SLOW_POST, fetch(path, {
    method: body ? "POST" : "GET", body, redirect: "manual", cache: "no-store",
    headers: { "X-Sent-Later": "1" },
  }));
}

// Returns how many were sent. One that is not taken just now holds up none of the others.
async function send(plan) {
  let count = 0;
  for (const entry of await waiting(plan.account)) {
    if (inHand.has(entry.id)) continue;
    const told_at = new Date(entry.at - plan.ahead).toISOString(); // the phone's clock may be wrong
    const answer = await ask(entry.path, new URLSearchParams([
      ...entry.fields, ["told_at", told_at], ["csrf_token", plan.csrf],
    ]));
    if (ours(answer) && LOGIN.includes(answer.status)) return count + 1;
    const said = await wordOf(answer);
    if (said) {
      count += 1;
      await settle(entry, said);
    } else await mark("trouble", true);
    await tell(true);
  }
  return count;
}

async function settle(entry, said) {
  if (said.answer === "taken") return put("queue", { id: entry.id, state: "sent", at: Date.now() });
  const state = said.answer === "note" ? "note" : "refused";
  return put("queue", { ...entry, state, words: said.words, fields: [] });
}

async function letOldGo(account) {
  const old = Date.now() - MEMORY;
  for (const table of ["queue", "photos"]) {
    for (const row of await all(table)) {
      const own = row.state === "waiting" && row.account === account && row.bound !== false;
      if (row.at < old && !own) await remove(table, row.id);
    }
  }
}

async function fetchSheets(plan) {
  const shell = await caches.open(SHELL);
  await mark("owner", plan.account);
  for (const address of plan.shell) {
    if (await shell.match(address)) continue;
    const answer = await within(SLOW_POST, fetch(address, { cache: "reload" }));
    if (answer.ok && ours(answer)) await shell.put(address, answer);
  }
  await keepOnly(shell, plan.shell, (url) => url.pathname + url.search);
  const marks = (await meta("marks")) || {}, now = {};
  for (const { url, mark: wanted } of plan.pages) {
    now[url] = marks[url]; // an old page is better than none
    const store = await storeOf(url);
    if (marks[url] === wanted && (await store.match(url))) continue;
    const answer = await within(SLOW_POST, fetch(url, { redirect: "manual", cache: "no-store" }));
    if (!ours(answer) || answer.status >= 500) await mark("trouble", true);
    if (answer.status !== 200 || answer.headers.get(READER) !== plan.account) continue;
    await store.put(url, answer);
    now[url] = wanted;
  }
  await keepOnly(await caches.open(SHEETS), Object.keys(now), (url) => url.pathname);
  await mark("pages", plan.pages);
  await mark("marks", now);
}

async function keepOnly(store, wanted, name) {
  for (const kept of await store.keys()) {
    if (!wanted.includes(name(new URL(kept.url)))) await store.delete(kept);
  }
}

async function gone(answer) {
  const said = await answer.json().catch(() => ({}));
  if (said.code !== "device_gone") return false;
  const lost = (await waiting()).length + (await all("photos")).length;
  await toPages({ gone: said.words, lost });
  await wipe();
  again = false;
  return true;
}

async function wipe() {
  for (const name of await caches.keys()) await caches.delete(name);
  for (const table of ["queue", "photos", "meta"]) await inTable(table, "readwrite", (rows) => rows.clear());
}

// What pages ask and are told

async function told(message) {
  if (message.ask === "look") return tell(); // somebody else than a coordinator
  if (message.ask === "photo") {
    await keepPhoto(message);
    return inStep(true);
  }
  if (message.ask === "forget") {
    await remove("photos", message.id);
    const entry = await get("queue", message.id);
    if (entry) await put("queue", { id: entry.id, state: "sent", at: Date.now() });
    return tell();
  }
  if (message.ask === "send") {
    for (const photo of await all("photos")) if (photo.rest) await put("photos", { ...photo, rest: 0 });
  }
  if (message.ask === "state") await tell();
  return inStep(message.ask !== "state", message.ask === "again");
}

async function tell(sending) {
  const account = await meta("account");
  const rows = (await all("queue")).filter((row) => row.state !== "sent");
  const pictures = await all("photos"), photos = pictures.filter((row) => row.account === account);
  const state = {
    entries: rows.filter((row) => row.account === account).sort((a, b) => a.at - b.at),
    photos: photos.map(({ blob, ...photo }) => photo).sort((a, b) => a.at - b.at),
    others: rows.filter((row) => row.account !== account).length,
    unsent: [...rows, ...pictures].filter((row) => row.state === "waiting").length, // whoever's
    last: await meta("last"), signal: (await meta("signal")) !== false,
    locked: Boolean(await meta("locked")), trouble: Boolean(await meta("trouble")),
    sending: Boolean(sending), full,
  };
  await toPages(state);
}

async function toPages(message) {
  for (const client of await self.clients.matchAll()) client.postMessage(message);
}

// The table on the device

function open() {
  return new Promise((yes, no) => {
    const asked = indexedDB.open(NAME, 2);
    asked.onupgradeneeded = () => {
      for (const [table, keyPath] of [["queue", "id"], ["meta", "key"], ["photos", "id"]]) {
        if (!asked.result.objectStoreNames.contains(table)) asked.result.createObjectStore(table, { keyPath });
      }
    };
    asked.onsuccess = () => yes(asked.result);
    asked.onerror = () => no(asked.error);
  });
}

async function inTable(table, mode, act) {
  const database = await open();
  try {
    const work = database.transaction(table, mode), asked = act(work.objectStore(table));
    await new Promise((yes, no) => {
      work.oncomplete = yes;
      work.onerror = work.onabort = () => no(work.error);
    });
    return asked.result;
  } finally {
    database.close();
  }
}

const put = (table, row) => inTable(table, "readwrite", (rows) => rows.put(row));
const get = (table, key) => inTable(table, "readonly", (rows) => rows.get(key));
const remove = (table, key) => inTable(table, "readwrite", (rows) => rows.delete(key));
const all = (table) => inTable(table, "readonly", (rows) => rows.getAll());
const meta = async (key) => ((await get("meta", key)) || {}).value;
const mark = (key, value) => put("meta", { key, value });

async function waiting(account) {
  return (await all("queue"))
    .filter((row) => row.state === "waiting" && (!account || row.account === account))
    .sort((a, b) => a.at - b.at);
}
