// The page of an execution, live: its log, progress and streamed text come over a WebSocket that is
// opened again after the last line that was seen, and what changes with its state is fetched anew.
// Messages and close codes: docs/live-updates.md.
(function () {
  "use strict";
  var page = document.getElementById("execution");
  var log = document.getElementById("log");
  var MOST_LINES = 2000;
  var MOST_TEXT = 50000;
  var AGAIN = [1006, 1011, 1012, 1013, 4408, 4429];
  var lastSeq = Number(page.dataset.seq);
  var attempt = page.dataset.attempt;
  var pauseMs = 500;
  var ended = false;

  // What needs a script is shown by one.
  page.querySelector(".pa-x-levels").hidden = false;
  document.getElementById("levels").addEventListener("change", function (event) {
    log.dataset.level = event.target.value;
  });
  log.scrollTop = log.scrollHeight;
  showCopying();

  page.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
  page.addEventListener("submit", function (event) {
    var question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  function showCopying() {
    page.querySelectorAll("[data-copy]").forEach(function (button) {
      button.hidden = !navigator.clipboard;
    });
  }

  function copy(button) {
    var said = button.lastElementChild;
    fetch(button.dataset.copy)
      .then(function (answer) {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.text();
      })
      .then(function (text) { return navigator.clipboard.writeText(text); })
      .then(function () { said.textContent = "Copied"; })
      .catch(function () { said.textContent = "Not copied: download it"; });
  }

  function connection(text, off) {
    var shown = document.getElementById("connection");
    shown.hidden = !text;
    shown.textContent = text;
    shown.classList.toggle("pa-x-off", Boolean(off));
  }

  function follow() {
    var scheme = location.protocol === "https:" ? "wss://" : "ws://";
    var address = scheme + location.host + page.dataset.live + "?after_seq=" + lastSeq;
    var socket = new WebSocket(address);
    socket.onopen = function () {
      pauseMs = 500;
      connection("Live");
    };
    socket.onmessage = function (message) {
      var said = JSON.parse(message.data);
      if (said.type === "event") hear(said);
      if (said.type === "state") compareState(said);
      if (said.type === "end") {
        ended = true;
        connection("");
        refresh();
      }
    };
    socket.onclose = function (closed) {
      if (ended || closed.code === 1000) return connection("");
      if (AGAIN.indexOf(closed.code) < 0) {
        return connection("No longer live. Load the page again to see what is new.", true);
      }
      connection("Reconnecting…", true);
      setTimeout(follow, pauseMs + Math.random() * pauseMs);
      pauseMs = Math.min(pauseMs * 2, 10000);
    };
  }

  function hear(event) {
    if (event.seq <= lastSeq) return;
    lastSeq = event.seq;
    if (event.kind === "traceback") return;
    if (String(event.attempt) !== attempt) begin(event.attempt);
    if (event.kind === "token") return stream(event.message);
    if (event.kind === "progress") return progress(event);
    if (event.kind === "step" || event.kind === "attempt") refreshSoon();
    if ("earlier" in log.dataset) return;
    line(event);
  }

  function begin(number) {
    attempt = String(number);
    document.querySelector("#streamed pre").textContent = "";
    document.getElementById("streamed").hidden = true;
    document.getElementById("progress").hidden = true;
  }

  function stream(text) {
    var shown = document.querySelector("#streamed pre");
    document.getElementById("streamed").hidden = false;
    keepEnd(shown, function () {
      shown.append(text);
      if (shown.textContent.length > MOST_TEXT) {
        shown.textContent = shown.textContent.slice(-MOST_TEXT / 2);
      }
    });
  }

  function progress(event) {
    var percent = Math.round(Number((event.data || {}).fraction || 0) * 100);
    document.getElementById("progress").hidden = false;
    document.querySelector("#progress progress").value = percent;
    document.getElementById("progress-words").textContent =
      percent + " %" + (event.message ? ": " + event.message : "");
  }

  function line(event) {
    var item = document.createElement("li");
    var time = document.createElement("time");
    var level = document.createElement("span");
    var text = document.createElement("span");
    item.dataset.level = event.level;
    time.dateTime = event.at;
    time.textContent = new Date(event.at).toLocaleTimeString("en-GB");
    level.className = "pa-x-level";
    level.textContent = event.level;
    text.textContent = event.message || event.kind;
    if (event.data && event.kind !== "attempt" && Object.keys(event.data).length) text.append(details(event.data));
    item.append(time, level, text);
    document.getElementById("log-empty").hidden = true;
    keepEnd(log, function () {
      log.append(item);
      if (log.childElementCount > MOST_LINES) log.firstElementChild.remove();
    });
  }

  function details(data) {
    var fold = document.createElement("details");
    var summary = document.createElement("summary");
    var pre = document.createElement("pre");
    summary.textContent = "Details";
    pre.textContent = JSON.stringify(data, null, 1).slice(0, 2000);
    fold.append(summary, pre);
    return fold;
  }

  // Whoever reads further up is left there.
  function keepEnd(box, change) {
    var atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    change();
    if (atEnd) box.scrollTop = box.scrollHeight;
  }

  var seen = null;
  function compareState(said) {
    var now = [said.state, said.status, said.attempt, said.cancel_requested].join(" ");
    var shown = document.getElementById("summary").dataset.state;
    if (seen === null ? shown !== (said.state || said.status) : seen !== now) refresh();
    seen = now;
  }

  var refreshing = false;
  var stale = false;
  function refresh() {
    if (refreshing) { stale = true; return; }
    refreshing = true;
    fetch(location.href, { headers: { Accept: "text/html" } })
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : ""; })
      .then(function (html) { if (html) replace(new DOMParser().parseFromString(html, "text/html")); })
      .catch(function () { connection("The page could not be brought up to date. Load it again.", true); })
      .then(function () {
        refreshing = false;
        if (stale) { stale = false; refresh(); }
      });
  }

  // Steps may come by the hundred.
  var soon = 0;
  function refreshSoon() {
    if (!soon) soon = setTimeout(function () { soon = 0; refresh(); }, 2000);
  }

  // What somebody is writing in is not taken from under their hands.
  function replace(fresh) {
    page.querySelectorAll("[data-refresh]").forEach(function (old) {
      var next = fresh.getElementById(old.id);
      var area = old.querySelector("textarea");
      var busy = area && (area.value || area === document.activeElement);
      if (next && !busy) old.replaceWith(document.adoptNode(next));
    });
    document.title = fresh.title;
    if (ended) document.getElementById("progress").hidden = true;
    showCopying();
  }

  if (page.dataset.live) follow();
})();
