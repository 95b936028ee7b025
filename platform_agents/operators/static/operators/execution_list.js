// Keeps the list of executions live. The feed of an organization says that something changed; what
// it is now the server says, as finished rows, so that filters and words are written only once.
(function () {
  "use strict";
  var list = document.querySelector(".pa-executions");
  if (!list) return;

  var FINAL = [1000, 4400, 4401, 4403, 4404];
  var QUIET_MS = 700;
  var live = list.querySelector("[data-live]");
  var news = list.querySelector("[data-new]");
  var changed = new Set();
  var unseen = false;
  var timer = null;
  var asking = false;
  var open = 0;

  function row(id) {
    return list.querySelector('tr[data-id="' + CSS.escape(id) + '"]');
  }

  function heard(event) {
    var message = JSON.parse(event.data);
    if (message.type !== "state") return;
    if (row(message.execution_id)) changed.add(message.execution_id);
    else if (list.dataset.newest) unseen = true;
    else return;
    later();
  }

  function later() {
    if (!timer && !asking) timer = setTimeout(ask, QUIET_MS);
  }

  function ask() {
    timer = null;
    if (document.hidden || (!changed.size && !unseen)) return;
    asking = true;
    var wanted = new URLSearchParams(list.dataset.filters);
    wanted.set("ids", Array.from(changed).slice(0, 50).join(","));
    if (unseen) wanted.set("newest", list.dataset.newest);
    changed.clear();
    unseen = false;
    fetch(list.dataset.changes + "?" + wanted, { headers: { Accept: "application/json" } })
      .then(function (answer) {
        return answer.ok ? answer.json() : null;
      })
      .then(function (found) {
        if (found) show(found);
      })
      .catch(function () {}) // the next change asks again
      .finally(function () {
        asking = false;
        if (changed.size || unseen) later();
      });
  }

  function show(found) {
    Object.keys(found.rows).forEach(function (id) {
      var old = row(id);
      if (!old) return;
      var holder = document.createElement("template");
      holder.innerHTML = found.rows[id].trim();
      keep(old, holder.content.firstElementChild);
    });
    if (found.newer) tell(found.newer, found.most);
  }

  // The tick and the moment by which the list is ordered stay; so does the focus.
  function keep(old, fresh) {
    [".pa-status", ".pa-took", ".pa-error"].forEach(function (part) {
      var was = old.querySelector(part);
      var is = fresh.querySelector(part);
      if (was && is) was.replaceWith(is);
    });
    old.toggleAttribute("data-goes-on", fresh.hasAttribute("data-goes-on"));
  }

  function tell(count, most) {
    news.textContent = (count >= most ? most + " or more" : count) + " new: show";
    news.hidden = false;
  }

  function connected(by) {
    open += by;
    live.textContent = open ? "Live" : "";
    live.toggleAttribute("data-on", open > 0);
  }

  function follow(org, pause) {
    var scheme = location.protocol === "https:" ? "wss://" : "ws://";
    var socket = new WebSocket(scheme + location.host + "/ws/executions?org_id=" + encodeURIComponent(org));
    var isOpen = false;
    socket.onmessage = function (event) {
      if (!isOpen) {
        isOpen = true;
        pause = 1000;
        connected(1);
      }
      heard(event);
    };
    socket.onclose = function (event) {
      if (isOpen) connected(-1);
      if (FINAL.indexOf(event.code) >= 0) return;
      setTimeout(function () {
        refreshed();
        follow(org, Math.min(pause * 2, 30000));
      }, pause * (0.5 + Math.random()));
    };
  }

  // What happened while nobody listened.
  function refreshed() {
    list.querySelectorAll("tr[data-goes-on]").forEach(function (one) {
      changed.add(one.dataset.id);
    });
    unseen = Boolean(list.dataset.newest);
    later();
  }

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) later();
  });

  var all = list.querySelector("[data-tick-all]");
  if (all) {
    all.addEventListener("change", function () {
      list.querySelectorAll('input[name="execution"]').forEach(function (box) {
        box.checked = all.checked;
      });
    });
  }

  list.dataset.feeds.split(",").filter(Boolean).forEach(function (org) {
    follow(org, 1000);
  });
})();
