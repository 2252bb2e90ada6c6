"""A mail server (aiosmtpd) and a receiver of webhooks, which tell on standard output what they were handed: letters as the email package of
Python reads them, calls as the standardwebhooks package has checked them. What comes on standard input says how they answer."""

import email
import email.policy
import email.utils
import http.server
import json
import socket
import ssl
import sys
import threading
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from standardwebhooks.webhooks import Webhook

certificate, key, user, password = sys.argv[1:5]
answers = {"mail": "250 OK", "hook": "200", "pause": "0", "secret": ""}
lock = threading.Lock()


def tell(what, **told):
    with lock:
        print(json.dumps({"what": what, **told}), flush=True)


class Letters:
    async def handle_DATA(self, server, session, envelope):
        if not answers["mail"].startswith("250"):
            tell("refused", answer=answers["mail"])
            return answers["mail"]
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        tell(
            "letter",
            names=[name.lower() for name in letter.keys()],
            subject=letter["subject"],
            sender=[address.addr_spec for address in letter["from"].addresses],
            to=[[address.display_name, address.addr_spec] for address in letter["to"].addresses],
            envelope=envelope.rcpt_tos,
            number=letter["message-id"],
            date=email.utils.parsedate_to_datetime(letter["date"]).isoformat(),
            automatic=letter["auto-submitted"],
            stop=letter["list-unsubscribe"],
            kind=letter.get_content_type(),
            charset=letter.get_content_charset(),
            body=letter.get_content().replace("\r\n", "\n"),
            defects=[str(defect) for defect in letter.defects],
            tls=session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
        )
        return "250 OK"


def allowed(server, session, envelope, mechanism, shown):
    good = shown.login == user.encode() and shown.password == password.encode()
    return AuthResult(success=good, handled=good)


class Calls(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        status = int(answers["hook"])
        try:
            read = Webhook(answers["secret"]).verify(body.decode(), dict(self.headers))
            tell("call", path=self.path, number=self.headers["webhook-id"], read=read, status=status)
        except Exception as error:
            tell("call", error=repr(error), status=status)
        time.sleep(float(answers["pause"]))
        self.send_response(status)
        if status == 302:
            self.send_header("location", f"https://127.0.0.1:{hook_port}/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
signed_in = {"authenticator": allowed, "auth_required": True, "ready_timeout": 120}
ports = [free() for _ in range(3)]
Controller(Letters(), "127.0.0.1", ports[0], tls_context=context, require_starttls=True, **signed_in).start()
Controller(Letters(), "127.0.0.1", ports[1], ssl_context=context, auth_require_tls=False, **signed_in).start()
Controller(Letters(), "127.0.0.1", ports[2], ready_timeout=120).start()
hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Calls)
hook.socket = context.wrap_socket(hook.socket, server_side=True)
hook_port = hook.server_address[1]
threading.Thread(target=hook.serve_forever, daemon=True).start()
silent = socket.create_server(("127.0.0.1", 0))
tell("ready", starttls=ports[0], tls=ports[1], plain=ports[2], hook=hook_port, silent=silent.getsockname()[1])
for line in sys.stdin:
    name, value = line.strip().split(" ", 1)
    answers[name] = value
    tell("set")
