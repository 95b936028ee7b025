// Tells the server the browser's time zone, so that pages are written in it. Without JavaScript
// times are UTC, and say so.
(function () {
  "use strict";
  var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || document.cookie.split("; ").indexOf("zone=" + zone) >= 0) return;
  var secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = "zone=" + zone + "; Path=/admin/; Max-Age=31536000; SameSite=Lax" + secure;
})();
