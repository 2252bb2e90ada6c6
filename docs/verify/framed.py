"""The calling end of a framed connection, from docs/framed-connections.md alone: plain sockets, TLS, and `cryptography`.

Reads JSON from standard input: the node's address, files of keys and certificates, key ids, and what to ask. Writes what was answered.
"""

import base64, hashlib, json, os, socket, ssl, struct, sys, time

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALONE, BATCH = "ed25519", "lienthong-ed25519-merkle-v1"


def sha256(*pieces):
    return hashlib.sha256(b"".join(pieces)).digest()


def digest(body):
    return "sha-256=:%s:" % base64.b64encode(hashlib.sha256(body).digest()).decode()


def data(value):
    return struct.pack(">I", len(value)) + value


def frame(kind, payload):
    return struct.pack(">IB", len(payload), kind) + payload


def headers(pairs):
    return struct.pack(">I", len(pairs)) + b"".join(data(name.encode()) + data(value.encode()) for name, value in pairs)


def message(stream, head, pairs, body):
    tail = b"\x01" if body is None else b"\x00" + data(body)
    return struct.pack(">I", stream) + data(head.encode()) + headers(pairs) + tail


def base_of(lines, keyid, alg):
    """A signature base over lines of (identifier, value)."""
    listed = " ".join(name for name, _ in lines)
    nonce = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
    text = "".join("%s: %s\n" % line for line in lines)
    params = '(%s);created=%d;nonce="%s";keyid="%s";alg="%s";tag="lienthong"' % (listed, time.time(), nonce, keyid, alg)
    return text + '"@signature-params": ' + params, params


def request_lines(ask, number):
    lines = [('"@method"', ask["method"]), ('"@path"', ask["path"]), ('"@query"', "?")]
    lines += [('"x-road-client"', ask["client"]), ('"x-road-id"', "PY-%d" % number), ('"x-road-request-id"', "PY-%d" % number)]
    return lines + [('"lienthong-purpose"', ask["purpose"])]


class Reader:
    """What is left of a frame."""

    def __init__(self, payload):
        self.payload, self.at = payload, 0

    def take(self, count):
        assert self.at + count <= len(self.payload)
        self.at += count
        return self.payload[self.at - count : self.at]

    def number(self):
        return struct.unpack(">I", self.take(4))[0]

    def data(self):
        return self.take(self.number())

    def headers(self):
        return {self.data().decode(): self.data().decode() for _ in range(self.number())}

    def message(self):
        stream, head, pairs = self.number(), self.data().decode(), self.headers()
        return stream, head, pairs, (None if self.take(1) == b"\x01" else self.data())


def root_and_paths(size, leaves, hashes):
    """The root over leaves of (place, hash), and each one's path."""
    paths = {place: [] for place, _ in leaves}
    nodes = [(place, leaf, [place]) for place, leaf in leaves]
    hashes, last = list(hashes), size - 1
    while last > 0:
        above = []
        while nodes:
            place, left, under = nodes.pop(0)
            if place % 2 == 0 and place == last:
                above.append((place // 2, left, under))
                continue
            if nodes and place % 2 == 0 and nodes[0][0] == place + 1:
                _, other, under_other = nodes.pop(0)
            else:
                other, under_other = hashes.pop(0), []
            for leaf in under:
                paths[leaf].append(other)
            for leaf in under_other:
                paths[leaf].append(left)
            both = (other, left) if place % 2 else (left, other)
            above.append((place // 2, sha256(b"\x01", *both), under + under_other))
        nodes, last = above, last // 2
    assert not hashes
    return nodes[0][1], paths


class Caller:
    def __init__(self, given):
        self.given, self.rest, self.signatures, self.waiting = given, b"", {}, {}
        # PKCS #8 with the public key in it (RFC 5958), which the library does not read: the seed is what follows this mark.
        pem = b"".join(open(given["signing_key"], "rb").read().split(b"\n")[1:-2])
        seed = base64.b64decode(pem).split(b"\x04\x22\x04\x20")[1][:32]
        self.key = Ed25519PrivateKey.from_private_bytes(seed)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # Not the name but the bytes of the certificate say who it is; they are compared below.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.load_cert_chain(given["tls_certificate"], given["tls_key"])
        context.set_alpn_protocols(["lienthong/1"])
        host, port = given["address"].rsplit(":", 1)
        self.socket = context.wrap_socket(socket.create_connection((host, int(port)), 20), server_hostname="node.lienthong.invalid")
        assert self.socket.selected_alpn_protocol() == "lienthong/1"
        assert self.socket.getpeercert(True) == open(given["peer_tls"], "rb").read()
        self.peer = x509.load_der_x509_certificate(open(given["peer_signing"], "rb").read()).public_key()

    def send_alone(self, stream, ask, body=b"", change=lambda base: base):
        lines, pairs = request_lines(ask, stream), []
        if body:
            lines.append(('"content-digest"', digest(body)))
        base, _ = base_of(lines, self.given["keyid"], ALONE)
        signature = self.key.sign(base.encode())
        self.signatures[stream] = signature
        one = bytes(20) + message(stream, change(base), pairs, body)
        self.socket.sendall(frame(1, struct.pack(">I", 0) + signature + struct.pack(">II", 0, 1) + one))

    def send_batch(self, first, asks, left_out=()):
        """Signs all together and sends them without those that are left out, as if these had gone to another node."""
        salts = [os.urandom(16) for _ in asks]
        bases = [base_of(request_lines(ask, first + at), self.given["keyid"], BATCH)[0] for at, ask in enumerate(asks)]
        leaves = [(at, sha256(b"\x00", salt, base.encode())) for at, (salt, base) in enumerate(zip(salts, bases))]
        root, paths = root_and_paths(len(asks), leaves, [])
        statement = b"lienthong-ed25519-merkle-v1\x00" + struct.pack(">I", len(asks)) + root
        signature = self.key.sign(statement)
        here = [at for at in range(len(asks)) if at not in left_out]
        body = b""
        for at in here:
            self.signatures[first + at] = salts[at] + struct.pack(">II", at, len(asks)) + b"".join(paths[at]) + signature
            body += struct.pack(">I", at) + salts[at] + message(first + at, bases[at], [], b"")
        # What is lacking: walked as the receiver walks, with each node's path as the source of what is not there.
        lacking, last, nodes = [], len(asks) - 1, [(at, at, 0) for at in here]
        while last > 0:
            above, at = [], 0
            while at < len(nodes):
                place, leaf, step = nodes[at]
                has_sibling = not (place % 2 == 0 and place == last)
                if has_sibling and at + 1 < len(nodes) and place % 2 == 0 and nodes[at + 1][0] == place + 1:
                    at += 1
                elif has_sibling:
                    lacking.append(paths[leaf][step])
                above.append((place // 2, leaf, step + has_sibling))
                at += 1
            nodes, last = above, last // 2
        head = struct.pack(">I", len(asks)) + signature + struct.pack(">I", len(lacking)) + b"".join(lacking)
        self.socket.sendall(frame(1, head + struct.pack(">I", len(here)) + body))

    def send_long(self, stream, ask, body):
        """A long body: its signature stands behind it."""
        lines = request_lines(ask, stream)
        pairs = [(name.strip('"'), value) for name, value in lines[3:]]
        head = "".join("%s: %s\n" % line for line in lines[:3])
        self.socket.sendall(frame(2, message(stream, head, pairs, None)))
        parts = [body[at : at + 65536] for at in range(0, len(body), 65536)]
        credit = 8
        for part in parts:
            while credit == 0:
                kind, reader = self.read()
                assert kind == 5 and reader.number() == stream, kind
                credit += struct.unpack(">H", reader.take(2))[0]
            self.socket.sendall(frame(3, struct.pack(">I", stream) + part))
            credit -= 1
        base, params = base_of(lines + [('"content-digest";tr', digest(body))], self.given["keyid"], ALONE)
        signature = self.key.sign(base.encode())
        self.signatures[stream] = signature
        trailers = [("content-digest", digest(body)), ("signature-input", "lt=" + params)]
        trailers.append(("signature", "lt=:%s:" % base64.b64encode(signature).decode()))
        self.socket.sendall(frame(4, struct.pack(">I", stream) + headers(trailers)))

    def read(self):
        while len(self.rest) < 5 or len(self.rest) < 5 + struct.unpack(">I", self.rest[:4])[0]:
            more = self.socket.recv(65536)
            assert more, "the connection ended"
            self.rest += more
        length, kind = struct.unpack(">IB", self.rest[:5])
        payload, self.rest = self.rest[5 : 5 + length], self.rest[5 + length :]
        return kind, Reader(payload)

    def answers(self, count):
        """What is answered, by stream: status, body, and how many were signed together."""
        done, long = {}, {}
        while len(done) < count:
            kind, reader = self.read()
            if kind == 1:
                done.update(self.signed(reader))
            elif kind == 2:
                stream, head, pairs, body = reader.message()
                status = int(head.split('"@status": ')[1].split("\n")[0])
                if body is None:
                    long[stream] = (status, head, pairs, bytearray())
                else:
                    done[stream] = {"status": status, "fault": pairs.get("lienthong-fault"), "signed": 0, "bytes": len(body)}
            elif kind == 3:
                stream = reader.number()
                long[stream][3].extend(reader.payload[4:])
                self.socket.sendall(frame(5, struct.pack(">IH", stream, 1)))
            elif kind == 4:
                stream = reader.number()
                done[stream] = self.long(stream, *long.pop(stream), reader.headers())
            elif kind == 7:
                done[reader.number()] = {"reset": reader.take(1)[0]}
            elif kind == 8:
                self.socket.sendall(frame(9, b""))
            else:
                assert kind in (5, 6, 9), kind
        return done

    def bound(self, stream):
        return ":%s:" % base64.b64encode(self.signatures[stream]).decode()

    def signed(self, reader):
        size, signature = reader.number(), reader.take(64)
        hashes = [reader.take(32) for _ in range(reader.number())]
        messages = [(reader.number(), reader.take(16), *reader.message()) for _ in range(reader.number())]
        assert reader.at == len(reader.payload)
        bases, answers = [], {}
        for _, _, stream, head, pairs, body in messages:
            bases.append(head.encode())
            lines = dict(line.split(": ", 1) for line in head.split("\n"))
            assert lines['"signature";req;key="lt"'] == self.bound(stream)
            covered = lines.get('"content-digest"')
            assert covered == digest(body) if body else covered is None
            answers[stream] = {
                "status": int(lines['"@status"']),
                "fault": lines.get('"lienthong-fault"'),
                "signed": len(messages),
                "bytes": len(body),
            }
        if size == 0:
            self.peer.verify(signature, bases[0])
        else:
            leaves = [(one[0], sha256(b"\x00", one[1], base)) for one, base in zip(messages, bases)]
            root, _ = root_and_paths(size, leaves, hashes)
            self.peer.verify(signature, b"lienthong-ed25519-merkle-v1\x00" + struct.pack(">I", size) + root)
        return answers

    def long(self, stream, status, head, pairs, body, trailers):
        assert trailers["content-digest"] == digest(bytes(body))
        params = trailers["signature-input"][len("lt=") :]
        base = ""
        for name in params[1 : params.index(")")].split(" "):
            plain = name.split('"')[1]
            value = {'"@status"': str(status), '"signature";req;key="lt"': self.bound(stream)}.get(name)
            value = value or (trailers[plain] if name.endswith(";tr") else pairs[plain])
            base += "%s: %s\n" % (name, value)
        base += '"@signature-params": ' + params
        proof = base64.b64decode(trailers["signature"][len("lt=:") : -1])
        if 'alg="ed25519"' in params:
            self.peer.verify(proof, base.encode())
        return {"status": status, "fault": None, "signed": 1, "bytes": len(body)}


def main():
    given = json.load(sys.stdin)
    caller, told = Caller(given), {}
    short, long, post = given["short"], given["long"], given["post"]
    caller.send_alone(1, short)
    told["alone"] = caller.answers(1)[1]
    caller.send_batch(10, [short] * 5)
    told["batch"] = list(caller.answers(5).values())
    caller.send_batch(20, [short] * 7, left_out=(0, 3, 6))
    told["part of a batch"] = list(caller.answers(4).values())
    caller.send_alone(30, long)
    told["long answer"] = caller.answers(1)[30]
    caller.send_long(40, post, b"x" * 1_500_000)
    told["long request"] = caller.answers(1)[40]
    caller.send_alone(50, post, b"{}")
    told["short request"] = caller.answers(1)[50]
    caller.send_alone(60, short, change=lambda base: base.replace("GET", "PUT"))
    told["changed"] = caller.answers(1)[60]
    caller.send_alone(70, dict(short, purpose="tiep-thi"))
    told["refused"] = caller.answers(1)[70]
    # Over: what is asked twice on one stream is an error, and is told.
    caller.send_alone(80, given["waits"])
    caller.send_alone(80, given["waits"])
    kind, reader = caller.read()
    told["error"] = [kind, reader.payload.decode()]
    json.dump(told, sys.stdout)


main()
