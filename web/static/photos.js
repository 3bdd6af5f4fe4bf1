// Makes a photo small on the phone and gives it to the worker, which sends it after its visit.
// Without this script or the worker the form sends the file as it is. Words come from the page.
"use strict";
(() => {
  const SIDE = 1600, LARGEST = 10 * 1024 * 1024; // pixels, bytes
  const TAKEN = /^(\xff\xd8\xff|\x89PNG|RIFF....WEBP)/s; // JPEG, PNG, WebP by their first bytes
  const forms = [...document.querySelectorAll("form[data-photo]")];
  const worker = "serviceWorker" in navigator ? navigator.serviceWorker : null;
  if (!forms.length || !worker || !worker.controller) return;

  async function small(file) {
    let picture;
    try {
      picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      // Too much for this phone, or broken: the server looks at it. What is no photo is told now,
      // while a better one can be taken.
      const bytes = new Uint8Array(await file.slice(0, 12).arrayBuffer());
      return TAKEN.test(String.fromCharCode(...bytes)) && file.size <= LARGEST ? file : null;
    }
    const part = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const sheet = document.createElement("canvas");
    sheet.width = Math.max(1, Math.round(picture.width * part));
    sheet.height = Math.max(1, Math.round(picture.height * part));
    sheet.getContext("2d").drawImage(picture, 0, 0, sheet.width, sheet.height);
    picture.close();
    return new Promise((yes) => sheet.toBlob(yes, "image/jpeg", 0.85));
  }

  function guide(form) {
    const words = JSON.parse(form.dataset.words), field = form.querySelector("input[type=file]");
    const place = form.querySelector("[data-said]"), panel = form.closest("[data-panel]");
    let last = "", kept = false; // the photo that was given to the worker; it said that it has it
    if (panel) panel.hidden = false;
    const say = (text, wrong) => {
      place.textContent = text;
      place.hidden = !text;
      place.classList.toggle("wrong", Boolean(wrong));
    };

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const [file] = field.files;
      if (!file) return say(words.choose, true);
      say(words.small);
      const blob = await small(file);
      if (!blob) return say(words.bad, true);
      last = crypto.randomUUID();
      kept = false;
      return worker.controller.postMessage({
        ask: "photo", id: last, blob, case: form.dataset.photo,
        visit: form.elements.visit_id.value, bound: "bound" in form.dataset,
      });
    });

    worker.addEventListener("message", ({ data }) => {
      if (data.pass && data.pass === last) form.submit(); // the reader is no coordinator now
      if (!data.photos || !last) return;
      const own = data.photos.find((one) => one.id === last);
      if (own && !kept) form.reset();
      kept = kept || Boolean(own);
      if (own && own.state === "refused") say(own.words, true);
      else if (own) say(words.waits);
      else if (kept) say(words.sent);
      else if (data.full) say(words.full, true);
    });
  }

  forms.forEach(guide);
})();
