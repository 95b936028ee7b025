// On every page of the operators' site, before it is shown.
(function () {
  "use strict";

  // htmx would add a <style> and evaluate text; the content security policy forbids the one, and
  // nothing of ours needs the other.
  if (window.htmx) {
    htmx.config.includeIndicatorStyles = false;
    htmx.config.allowEval = false;
  }

  // Tells the server the browser's time zone, so that times are written in it. Without JavaScript
  // they are UTC, and the page says so.
  var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && document.cookie.split("; ").indexOf("zone=" + zone) < 0) {
    var secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = "zone=" + zone + "; Path=/admin/; Max-Age=31536000; SameSite=Lax" + secure;
  }
})();
