// Items of lists are added and removed in place, and secrets picked by name. Without this script the
// form works as well: each list has an empty item to fill, and a box to tick for those that go.
"use strict";

for (const editor of document.querySelectorAll("[data-schema-editor]")) {
  for (const list of editor.querySelectorAll("[data-list]")) {
    setUpList(list);
  }
  setUpSecrets(editor, editor);
}

function setUpList(list) {
  const template = list.querySelector(":scope > template");
  const add = list.querySelector(":scope > .schema-add");
  const rows = () => list.querySelectorAll(":scope > .schema-row");
  rows()[rows().length - 1].remove(); // the empty one, for people without this script
  let next = rows().length;
  rows().forEach(setUpRow);
  add.hidden = false;
  add.addEventListener("click", () => {
    const row = document.createElement("div");
    row.className = "schema-row";
    row.append(template.content.cloneNode(true));
    number(row, list.dataset.list, next++);
    add.before(row);
    row.querySelectorAll("[data-list]").forEach(setUpList);
    setUpRow(row);
    setUpSecrets(row, list.closest("[data-schema-editor]"));
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  });
}

// The template's names hold "NAME.__n" in place of the item's number.
function number(row, name, n) {
  for (const element of row.querySelectorAll("*")) {
    for (const attribute of ["name", "id", "for", "aria-describedby", "data-list"]) {
      const value = element.getAttribute(attribute);
      if (value?.includes(`${name}.__n`)) {
        element.setAttribute(attribute, value.replaceAll(`${name}.__n`, `${name}.${n}`));
      }
    }
    if (element.tagName === "TEMPLATE") {
      number(element.content, name, n);
    }
  }
}

// The box stays in the form, ticked and out of sight: the server takes the item out.
function setUpRow(row) {
  const boxes = row.querySelectorAll(".schema-remove input");
  const box = boxes[boxes.length - 1];
  if (!box) {
    return;
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "schema-remove-button";
  button.textContent = "Remove";
  box.closest("label").hidden = true;
  box.closest("label").after(button);
  button.addEventListener("click", () => {
    box.checked = true;
    row.hidden = true;
  });
}

function setUpSecrets(part, editor) {
  const names = [...editor.querySelectorAll("[data-secret-names] option")].map((o) => o.value);
  if (names.length === 0) {
    return;
  }
  for (const input of part.querySelectorAll("input[data-secret]")) {
    const picker = document.createElement("select");
    picker.className = "schema-secret-picker";
    picker.setAttribute("aria-label", "Use a secret of the organization");
    picker.append(new Option("Use a secret…", ""), ...names.map((name) => new Option(name, name)));
    picker.addEventListener("change", () => {
      if (picker.value) {
        input.type = "text";
        input.value = "${{ secrets." + picker.value + " }}";
        picker.value = "";
      }
    });
    input.after(picker);
  }
}
