// The page of a module and Run now. Everything works without it.
"use strict";

// Another agent has other settings: ask for them at once, as the button does.
for (const button of document.querySelectorAll("[data-agent-button]")) {
  const select = button.parentElement.querySelector("select");
  button.hidden = true;
  select?.addEventListener("change", () => button.click());
}
