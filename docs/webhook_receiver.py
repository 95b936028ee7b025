"""A receiver of webhooks. SECRET=whsec_… PORT=8090 python webhook_receiver.py"""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))
seen = set()  # yours: a table, with the change that the delivery makes


def is_signed(headers, body):
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > 300:
        return False
    message = f"{headers.get('webhook-id')}.{stamp}.".encode() + body
    ours = "v1," + base64.b64encode(hmac.digest(KEY, message, hashlib.sha256)).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(ours.encode(), theirs.encode()) for theirs in given)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        signed = is_signed(self.headers, body)
        if signed and self.headers["webhook-id"] not in seen:
            said = json.loads(body)
            print(said["type"], said["data"]["execution_id"], flush=True)  # noqa: T201
            seen.add(self.headers["webhook-id"])  # a repeat is answered like the first
        self.send_response(204 if signed else 401)
        self.end_headers()


HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8090"))), Receiver).serve_forever()
