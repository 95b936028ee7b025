// Keeps [data-live="SECONDS"] up to date: asks for the same address while the page is seen, and puts
// what came in its place. Not while somebody is in it with the keyboard or has something open there.
"use strict";
(() => {
  let timer = null;

  function busy(region) {
    return region.contains(document.activeElement) || region.querySelector("details[open]") !== null;
  }

  function failed(region) {
    const told = region.querySelector("[role=status]");
    if (told) told.textContent = "The server cannot be reached; trying again.";
  }

  async function refresh(region) {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.redirected || answer.status === 403) return location.reload(); // signed out
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    if (fresh && !busy(region)) region.replaceWith(fresh);
  }

  async function round() {
    const region = document.querySelector("[data-live]");
    if (!region) return;
    if (!busy(region)) await refresh(region).catch(() => failed(region));
    plan();
  }

  function plan() {
    clearTimeout(timer);
    const region = document.querySelector("[data-live]");
    if (region && !document.hidden) timer = setTimeout(round, 1000 * Number(region.dataset.live));
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : round()));
  plan();
})();
