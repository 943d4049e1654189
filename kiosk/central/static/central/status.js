"use strict";
// The public status page. The application code never leaves the browser: it is read from the address's
// fragment or typed, checked (ISO 7064 MOD 27,26), and turned into a token by PBKDF2 (kiosk/delivery/reference.py).
(() => {
  const form = document.getElementById("lookup");
  const input = document.getElementById("code");
  const answer = document.getElementById("answer");
  const words = document.getElementById("texts").dataset;
  const { alphabet, salt, rounds, lookup, timezone } = form.dataset;
  const CODE_LENGTH = 14;

  const bareCode = (text) => text.toUpperCase().replace(/[\s-]/g, "");

  const checks = (bare) => {
    if (bare.length !== CODE_LENGTH) return false;
    const size = alphabet.length;
    let check = Math.floor(size / 2);
    for (const letter of bare) {
      const value = alphabet.indexOf(letter);
      if (value < 0) return false;
      check = (((check || size) * 2) % (size + 1) + value) % size;
    }
    return check === 1;
  };

  const tokenOf = async (bare) => {
    const bytes = new TextEncoder();
    const key = await crypto.subtle.importKey("raw", bytes.encode(bare), "PBKDF2", false, ["deriveBits"]);
    const bits = await crypto.subtle.deriveBits(
      { name: "PBKDF2", hash: "SHA-256", salt: bytes.encode(salt), iterations: Number(rounds) }, key, 256);
    return Array.from(new Uint8Array(bits), (byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  };

  const say = (text, tone) => answer.replaceChildren(element("p", `note ${tone}`, text));

  const moment = (iso) => new Intl.DateTimeFormat(
    document.documentElement.lang, { dateStyle: "long", timeStyle: "short", timeZone: timezone }).format(new Date(iso));

  const pair = (list, label, value) => {
    if (!value) return;
    const row = document.createElement("div");
    row.append(element("dt", "", label), element("dd", "", value));
    list.append(row);
  };

  const show = (entries) => answer.replaceChildren(...entries.map((entry) => {
    const box = element("section", `card state-${entry.state}`, "");
    const list = document.createElement("dl");
    box.append(element("h2", "", entry.department), element("p", "state", words[entry.state]), list);
    pair(list, words.since, moment(entry.since));
    pair(list, words.reference, entry.reference);
    pair(list, words.phone, entry.phone);
    return box;
  }));

  const explain = (response) => {
    if (response.status === 404) return say(words.unknown, "doubt");
    if (response.status === 429) {
      return say(words.slow.replace("{seconds}", response.headers.get("Retry-After") || "60"), "danger");
    }
    return say(words.failed, "danger");
  };

  const ask = async () => {
    const bare = bareCode(input.value);
    if (!checks(bare)) {
      input.setAttribute("aria-invalid", "true");
      input.focus();
      return say(words.wrong, "danger");
    }
    input.removeAttribute("aria-invalid");
    if (!window.crypto || !crypto.subtle) return say(words.insecure, "danger");
    say(words.working, "plain");
    try {
      const body = JSON.stringify({ token: await tokenOf(bare) });
      const response = await fetch(lookup, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      if (!response.ok) return explain(response);
      return show((await response.json()).entries);
    } catch {
      return say(words.failed, "danger");
    }
  };

  const grouped = (bare) => `${bare.slice(0, 5)}-${bare.slice(5, 10)}-${bare.slice(10)}`;

  form.hidden = false;
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  for (const link of document.querySelectorAll("a.language")) {
    link.addEventListener("click", () => { link.hash = bareCode(input.value); });
  }
  const given = bareCode(decodeURIComponent(location.hash.slice(1)));
  if (given) {
    // The code does not stay in the address bar or the history.
    history.replaceState(null, "", location.pathname + location.search);
    input.value = checks(given) ? grouped(given) : given;
    ask();
  }
})();
