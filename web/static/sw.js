// The coordinator's worker: keeps the list and the sheets, keeps visits that found no signal, and
// sends each of them once. It renders nothing: every page it shows was made by the server.
// Photos lie in a table of their own and follow their visit; none ever holds up a visit.
"use strict";

const SHELL = "shell", SHEETS = "sheets", NAME = "visits";
const PLAN = "/visits/offline", WAITING = "/visits/waiting", NO_SIGNAL = "/visits/no-signal";
const VISIT = /^\/visits\/[0-9a-f-]{36}$/;
const SLOW_PAGE = 8000, SLOW_POST = 25000, SLOW_PHOTO = 90000, OLD_PLAN = 60000, MEMORY = 14 * 86400000;
const GONE = "gone"; // this device was taken away
// Answers to a visit that are pages for the person; with any other the visit stays on the device.
const ANSWERED = [400, 404, 409, 413, 422];

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
  if (url.pathname === WAITING) {
    const kept = await keptPage(WAITING);
    if (kept) return kept;
  }
  const known = await keptPage(url.pathname);
  try {
    const answer = await (known ? within(SLOW_PAGE, fetch(request)) : fetch(request));
    if (known && answer.status === 200) await keep(url.pathname, answer.clone());
    return answer;
  } catch {
    await put("meta", { key: "signal", value: false });
    tell();
    return known || (await keptPage(NO_SIGNAL)) || Response.error();
  }
}

async function keptPage(path) {
  const last = await meta("last"), days = await meta("keep");
  if (!last || Date.now() > last + days) {
    await caches.delete(SHEETS);
    return undefined;
  }
  return caches.match(path);
}

async function keep(path, answer) {
  return (await caches.open(SHEETS)).put(path, answer);
}

function within(time, promise) {
  return Promise.race([promise, new Promise((_, no) => setTimeout(() => no(new Error("slow")), time))]);
}

async function otherPost(request, url) {
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    return (await keptPage(NO_SIGNAL)) || Response.error();
  }
  if (url.pathname === "/sign-out" && answer.type === "opaqueredirect") await wipe();
  return answer;
}

// A visit: to the server if it answers, else into the queue

async function visit(event, request, url) {
  const fields = [...(await request.clone().formData()).entries()].map(([n, v]) => [n, String(v)]);
  const id = valueOf(fields, "visit_id");
  let answer;
  try {
    answer = await within(SLOW_POST, fetch(request));
  } catch {
    answer = undefined;
  }
  if (answer && (answer.type === "opaqueredirect" || answer.ok || ANSWERED.includes(answer.status))) {
    if (answer.type === "opaqueredirect") {
      await put("queue", { id, state: "sent", at: Date.now() });
      if (await bindPhotos(url.pathname.split("/")[2], id)) event.waitUntil(inStep(true));
    }
    return answer;
  }
  await enqueue(url.pathname, fields, id);
  if (answer) event.waitUntil(inStep(true));
  return Response.redirect(WAITING, 303);
}

function valueOf(fields, name) {
  return (fields.find((field) => field[0] === name) || ["", ""])[1];
}

async function enqueue(path, fields, wanted) {
  const before = await get("queue", wanted);
  // A sheet that was sent already is answered again: that is another visit, with an id of its own.
  const id = before && before.state !== "waiting" ? crypto.randomUUID() : wanted;
  const at = Date.now();
  const sent = fields.filter(([name]) => !["csrf_token", "visit_id", "told_at"].includes(name));
  sent.push(["visit_id", id], ["told_at", new Date(at).toISOString()]);
  const case_id = path.split("/")[2];
  const known = ((await meta("pages")) || []).find((one) => one.cases.includes(case_id));
  await put("queue", {
    id, path, at, state: "waiting", account: await meta("account"), case: case_id,
    name: known ? known.name : "", outcome: valueOf(fields, "outcome"),
    note: valueOf(fields, "note"), words: "", fields: sent,
  });
  await bindPhotos(case_id, id);
  if (self.registration.sync) await self.registration.sync.register("visits").catch(() => {});
  await tell();
}

// A photo: kept on the device first, sent when its visit is there

async function keepPhoto(message) {
  const known = ((await meta("pages")) || []).find((one) => one.cases.includes(message.case));
  await put("photos", {
    id: message.id, case: message.case, visit: message.visit, blob: message.blob,
    path: `/visits/${message.case}/photos`, bound: message.bound, state: "waiting", words: "",
    account: await meta("account"), name: known ? known.name : "", at: Date.now(),
  });
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
    if (!photo.bound || facts.includes(photo.visit)) continue;
    const body = new FormData();
    for (const [name, value] of [["csrf_token", plan.csrf], ["visit_id", photo.visit], ["photo_id", photo.id]]) {
      body.append(name, value);
    }
    body.append("photo", photo.blob, "photo");
    const answer = await ask(photo.path, body, SLOW_PHOTO).catch(() => null);
    if (answer && answer.status >= 500) continue; // tried again later; the others go on
    if (!answer || (answer.status !== 200 && !ANSWERED.includes(answer.status))) return;
    const said = await answer.json().catch(() => ({})); // a server in front of ours has no words
    if (answer.status === 200 && !said.answer) continue; // not our server's word: nothing is let go
    if (said.answer === "taken") await remove("photos", photo.id);
    else await put("photos", { ...photo, blob: null, state: "refused", words: said.words || "" });
    await tell(true);
  }
}

async function photosDue() {
  return (await all("photos")).some((one) => one.bound && one.state === "waiting");
}

async function waitingPhotos(account) {
  const rows = await all("photos"), old = Date.now() - MEMORY;
  for (const row of rows) if (!row.bound && row.at < old) await remove("photos", row.id);
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
  if ((await meta("signal")) === false && ((await waiting()).length || (await photosDue()))) throw new Error("no signal yet");
}

async function noSignal() {
  await put("meta", { key: "signal", value: false });
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
  await fetchSheets(plan);
  await put("meta", { key: "last", value: Date.now() });
  return tell();
}

async function readPlan() {
  const answer = await ask(PLAN);
  await put("meta", { key: "signal", value: true });
  await put("meta", { key: "locked", value: answer.status === 401 });
  if (answer.status === 401 && (await gone(answer))) return GONE;
  if (answer.status !== 200) return null;
  const plan = await answer.json();
  const before = await meta("account");
  if (before && before !== plan.account) await caches.delete(SHEETS);
  await put("meta", { key: "account", value: plan.account });
  await put("meta", { key: "keep", value: plan.keep });
  return plan;
}

function ask(path, body, time) {
  return within(time || SLOW_POST, fetch(path, {
    method: body ? "POST" : "GET", body, redirect: "manual", cache: "no-store",
    headers: { "X-Sent-Later": "1" },
  }));
}

async function send(plan) {
  let count = 0;
  for (const entry of await waiting(plan.account)) {
    const body = new URLSearchParams([...entry.fields, ["csrf_token", plan.csrf]]);
    const answer = await ask(entry.path, body);
    if (answer.status !== 200 && !ANSWERED.includes(answer.status)) return count + 1;
    count += 1;
    const said = await answer.json();
    if (said.answer === "taken") {
      await put("queue", { id: entry.id, state: "sent", at: Date.now() });
    } else {
      await put("queue", { ...entry, state: said.answer === "note" ? "note" : "refused", words: said.words });
    }
    await tell(true);
  }
  return count;
}

async function fetchSheets(plan) {
  const store = await caches.open(SHEETS), shell = await caches.open(SHELL);
  for (const address of plan.shell) {
    if (!(await shell.match(address))) await shell.add(address);
  }
  const marks = (await meta("marks")) || {}, now = {};
  for (const { url, mark } of plan.pages) {
    if (marks[url] !== mark || !(await store.match(url))) {
      const answer = await within(SLOW_POST, fetch(url, { redirect: "manual", cache: "no-store" }));
      if (answer.status !== 200) continue;
      await store.put(url, answer);
    }
    now[url] = mark;
  }
  for (const kept of await store.keys()) {
    if (!now[new URL(kept.url).pathname]) await store.delete(kept);
  }
  await put("meta", { key: "pages", value: plan.pages });
  await put("meta", { key: "marks", value: now });
}

async function gone(answer) {
  const said = await answer.json().catch(() => ({}));
  if (said.code !== "device_gone") return false;
  const lost = (await waiting()).length + (await all("photos")).length;
  for (const client of await self.clients.matchAll()) client.postMessage({ gone: said.words, lost });
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
  if (message.ask === "state") await tell();
  return inStep(message.ask !== "state", message.ask === "again");
}

async function tell(sending) {
  const account = await meta("account");
  const rows = (await all("queue")).filter((row) => row.state !== "sent");
  const photos = (await all("photos")).filter((row) => row.account === account);
  const state = {
    entries: rows.filter((row) => row.account === account).sort((a, b) => a.at - b.at),
    photos: photos.map(({ blob, ...photo }) => photo).sort((a, b) => a.at - b.at),
    others: rows.filter((row) => row.account !== account).length,
    last: await meta("last"), signal: (await meta("signal")) !== false,
    locked: Boolean(await meta("locked")), sending: Boolean(sending),
  };
  for (const client of await self.clients.matchAll()) client.postMessage(state);
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

async function waiting(account) {
  const rows = await all("queue"), old = Date.now() - MEMORY;
  for (const row of rows) {
    if (row.state === "sent" && row.at < old) {
      await remove("queue", row.id);
    }
  }
  return rows
    .filter((row) => row.state === "waiting" && (!account || row.account === account))
    .sort((a, b) => a.at - b.at);
}
