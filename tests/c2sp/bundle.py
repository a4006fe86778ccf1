"""Checks a bundle from proto/PROTOCOL.md, "Bundle", and what that refers to.

Shares nothing with the program. Standard library, and openssl for Ed25519.
"""
import base64
import datetime
import hashlib
import hmac
import re
import struct

from check import (Key, Wrong, check_checkpoint, check_proof, decimal, ed25519,
                   need)

TOP = "bundle/"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PARTS = ["body", "content-key", "header", "payload", "proof", "slots"]
SINGLES = ["data/index.csv", "data/index.html", "bagit.txt", "bag-info.txt",
           "manifest-sha512.txt", "seal", "tagmanifest-sha512.txt"]
NAMES = [
    re.compile(r"data/cards/[0-9a-f]{64}\.card"),
    re.compile(r"data/logs/[0-9a-f]{64}/[0-9a-f]{16}/checkpoint"),
    re.compile(r"data/records/[0-9a-f]{64}/(%s)" % "|".join(PARTS)),
    re.compile(r"data/evidence/[0-9a-f]{64}"),
    re.compile(r"data/index\.csv"), re.compile(r"data/index\.html"),
    re.compile(r"bagit\.txt"), re.compile(r"bag-info\.txt"),
    re.compile(r"manifest-sha512\.txt"),
    re.compile(r"seal/(%s)" % "|".join(PARTS[:-1])),
    re.compile(r"tagmanifest-sha512\.txt"),
]
LIMIT = {"card": 16384, "checkpoint": 16384, "body": 262144,
         "content-key": 32, "header": 1024, "payload": 262144, "proof": 20480,
         "slots": 262144}


# ---- hashes and sealing --------------------------------------------------

def labelled(label, data):
    return bytes([len(label)]) + label.encode() + data


def hash_of(label, data):
    return hashlib.blake2b(labelled(label, data), digest_size=32).digest()


def derive(key, label, data):
    return hashlib.blake2b(
        labelled(label, data), digest_size=32, key=key).digest()


def rotate(value, count):
    return ((value << count) | (value >> (32 - count))) & 0xFFFFFFFF


def quarter(s, a, b, c, d):
    for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8),
                       (c, d, b, 7)):
        s[x] = (s[x] + s[y]) & 0xFFFFFFFF
        s[z] = rotate(s[z] ^ s[x], n)


def rounds(state):
    s = list(state)
    for _ in range(10):
        for i in range(4):
            quarter(s, i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return s


SIGMA = struct.unpack("<4L", b"expand 32-byte k")


def hchacha(key, nonce):
    s = rounds(SIGMA + struct.unpack("<8L", key) + struct.unpack("<4L", nonce))
    return struct.pack("<8L", *(s[:4] + s[12:]))


def chacha_block(key, counter, nonce):
    state = (SIGMA + struct.unpack("<8L", key) + (counter,) +
             struct.unpack("<3L", nonce))
    return struct.pack("<16L", *((a + b) & 0xFFFFFFFF for a, b in
                                 zip(state, rounds(state))))


def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    total = 0
    for i in range(0, len(data), 16):
        block = int.from_bytes(data[i:i + 16] + b"\x01", "little")
        total = (total + block) * r % ((1 << 130) - 5)
    return ((total + int.from_bytes(key[16:], "little")) &
            ((1 << 128) - 1)).to_bytes(16, "little")


def pad16(data):
    return data + bytes(-len(data) % 16)


def xchacha_open(key, nonce, data, sealed):
    need(len(sealed) > 16, "an impossible body")
    text, tag = sealed[:-16], sealed[-16:]
    sub, small = hchacha(key, nonce[:16]), bytes(4) + nonce[16:]
    mac = poly1305(chacha_block(sub, 0, small)[:32],
                   pad16(data) + pad16(text) +
                   struct.pack("<QQ", len(data), len(text)))
    need(hmac.compare_digest(mac, tag), "a body that its key does not open")
    stream = b"".join(chacha_block(sub, 1 + i, small)
                      for i in range((len(text) + 63) // 64))
    return bytes(a ^ b for a, b in zip(text, stream))


def padme(size):
    e = size.bit_length() - 1
    k = e.bit_length()
    if e <= k:
        return size
    step = 1 << (e - k)
    return (size + step - 1) // step * step


# ---- protobuf ------------------------------------------------------------

def fields(data):
    """(number, value) of each field: bytes, or a whole number."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            need(at < len(data) and shift < 70, "a broken message")
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    found = []
    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            found.append((tag >> 3, varint()))
        else:
            need(tag & 7 == 2, "a field of another kind")
            size = varint()
            need(at + size <= len(data), "a field is cut off")
            found.append((tag >> 3, data[at:at + size]))
            at += size
    return found


def one(found, number, otherwise=b""):
    values = [value for n, value in found if n == number]
    return values[-1] if values else otherwise


def fingerprint(identity):
    value = int.from_bytes(identity, "big") << 4
    text = "".join(ALPHABET[value >> (5 * (51 - i)) & 31] for i in range(52))
    return " ".join(text[i:i + 4] for i in range(0, 52, 4))


def verifier(name, kind, key):
    data = bytes([kind]) + key
    digest = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    return Key(f"{name}+{digest.hex()}+{base64.b64encode(data).decode()}")


class Card:
    def __init__(self, data):
        signed = fields(data)
        card = one(signed, 1)
        self.fields = fields(card)
        self.id = one(self.fields, 2)
        need(len(self.id) == 32, "a card without an id")
        need(ed25519(self.id, one(signed, 2), labelled("qsg/card/v1", card)),
             "a card that its organisation did not sign")
        self.name = one(self.fields, 4).decode()
        self.logs = {}
        for number, value in self.fields:
            if number == 7:
                log = fields(value)
                self.logs[one(log, 1)] = one(log, 2)

    def log_key(self, generation):
        need(generation in self.logs, "a log that its card does not name")
        return verifier(f"qsg/{self.id.hex()}/{generation.hex()}", 1,
                        self.logs[generation])

    def witness_key(self):
        return verifier(f"qsg/{self.id.hex()}/witness", 4,
                        one(self.fields, 8))


class Header:
    def __init__(self, data):
        need(len(data) >= 113, "a short header")
        self.version = data[0]
        self.author, self.generation = data[1:33], data[33:41]
        self.stream = data[41:73]
        self.number = int.from_bytes(data[73:81], "big")
        self.previous = data[81:113]
        self.slotted = False
        if self.version > 1:
            return
        self.slotted = data[113] == 1
        need(len(data) == (302 if self.slotted else 238), "a header's size")
        need(data[113] in (0, 1), "a header's mark of slots")
        self.body_size = int.from_bytes(data[114:118], "big")
        self.keyed_by, self.body_hash = data[118:150], data[150:182]
        self.nonce, self.commitment = data[182:206], data[206:238]
        self.slots_hash, self.audience = data[238:270], data[270:302]

    def place(self):
        return (self.author + self.generation + self.stream +
                self.number.to_bytes(8, "big"))


def open_body(header, key, body):
    """The payload that a content key opens."""
    need(len(key) == 32, "a content key of another size")
    place = header.place()
    need(derive(key, "qsg/commitment/v1", place) == header.commitment,
         "a content key that its header does not commit to")
    padded = xchacha_open(derive(key, "qsg/aead-key/v1", place), header.nonce,
                          labelled("qsg/body/v1", place), body)
    size = int.from_bytes(padded[:4], "big")
    need(size + 4 <= len(padded) == padme(size + 4) and
         not any(padded[4 + size:]), "a body that is padded otherwise")
    return padded[4:4 + size]


# ---- archive and manifests -----------------------------------------------

def tar_header(name, size):
    prefix, rest = "", name
    if len(name) > 100:
        at = next(i for i, c in enumerate(name)
                  if c == "/" and len(name) - i - 1 <= 100)
        prefix, rest = name[:at], name[at + 1:]

    def text(value, width):
        return value.encode().ljust(width, b"\0")
    head = (text(rest, 100) + b"0000644\0" + b"0000000\0" * 2 +
            b"%011o\0" % size + b"00000000000\0" + b" " * 8 + b"0" +
            bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\0" * 2 +
            text(prefix, 155) + bytes(12))
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def read_tar(data):
    """[(name, contents)]; exactly these bytes."""
    found, at = [], 0
    while True:
        block = data[at:at + 512]
        need(len(block) == 512, "the archive is cut off")
        if block[0] == 0:
            break
        name = block[:100].rstrip(b"\0")
        if block[345] != 0:
            name = block[345:500].rstrip(b"\0") + b"/" + name
        need(re.fullmatch(rb"[a-z0-9./-]+", name), "a name with odd characters")
        need(re.fullmatch(rb"[0-7]{11}\0", block[124:136]), "no size")
        size = int(block[124:135], 8)
        name = name.decode()
        need(block == tar_header(name, size), f"{name}: another header")
        content = data[at + 512:at + 512 + size]
        need(len(content) == size, f"{name}: cut off")
        at += 512 + (size + 511) // 512 * 512
        need(not any(data[at - (-size % 512):at]), f"{name}: padding")
        found.append((name, content))
    need(data[at:] == bytes(1024), "the archive does not end")
    return found


def place_of(name):
    for rank, pattern in enumerate(NAMES):
        if pattern.fullmatch(name):
            return rank, name
    raise Wrong(f"{name}: no file of a bundle")


def read_files(data):
    files, last = {}, (-1, "")
    for name, content in read_tar(data):
        need(name.startswith(TOP), f"{name}: outside")
        name = name[len(TOP):]
        place = place_of(name)
        need(place > last, f"{name}: twice, or out of its place")
        need(content, f"{name}: empty")
        limit = LIMIT.get(re.split(r"[/.]", name)[-1])
        need(limit is None or len(content) <= limit, f"{name}: too large")
        last, files[name] = place, content
    for name in SINGLES:
        need(name in files or name == "seal", f"{name}: missing")
    return files


def lines_of(files, names):
    return "".join(f"{hashlib.sha512(files[name]).hexdigest()}  {name}\n"
                   for name in names).encode()


def check_manifests(files):
    payload = [name for name in files if name.startswith("data/")]
    tags = [name for name in files if not name.startswith("data/") and
            name != "tagmanifest-sha512.txt"]
    need(files["manifest-sha512.txt"] == lines_of(files, payload),
         "the manifest")
    need(files["tagmanifest-sha512.txt"] == lines_of(files, tags),
         "the manifest of tags")
    need(files["bagit.txt"] == b"BagIt-Version: 1.0\n"
         b"Tag-File-Character-Encoding: UTF-8\n", "bagit.txt")
    size = sum(len(files[name]) for name in payload)
    need(files["bag-info.txt"] == b"QSG-Bundle: 1\n"
         b"Payload-Oxum: %d.%d\n" % (size, len(payload)), "bag-info.txt")


# ---- what it says --------------------------------------------------------

def quiet(_):
    pass


class Bundle:
    def __init__(self, data):
        self.files = read_files(data)
        check_manifests(self.files)
        self.cards, self.logs, self.records = {}, {}, {}
        self.evidence = set()
        for name, content in self.files.items():
            parts = name.split("/")
            if name.startswith("data/cards/"):
                card = Card(content)
                need(parts[2] == card.id.hex() + ".card", f"{name}: another's")
                self.cards[card.id] = card
            elif name.startswith("data/records/"):
                self.records.setdefault(parts[2], {})[parts[3]] = content
            elif name.startswith("data/evidence/"):
                need(hashlib.blake2b(content, digest_size=32).hexdigest() ==
                     parts[2], f"{name}: another hash")
                self.evidence.add(parts[2])
        self.seal = {name[5:]: content for name, content in self.files.items()
                     if name.startswith("seal/")}
        need(sorted(self.seal) == PARTS[:-1], "the seal is not whole")

    def card(self, identity):
        need(identity in self.cards, "a card is missing")
        return self.cards[identity]

    def check_logs(self, say):
        for name, content in self.files.items():
            if not name.startswith("data/logs/"):
                continue
            _, _, org, generation, _ = name.split("/")
            card = self.card(bytes.fromhex(org))
            names = {other.witness_key().name: other.name
                     for other in self.cards.values() if other.id != card.id}
            seen = []

            def tell(what):
                """Who cosigned it; a line of an unknown key says nothing."""
                if what.startswith("cosigned by "):
                    name = names.get(what.split(" ")[2])
                    seen.extend([name] if name is not None else [])
                elif not what.startswith("no cosignature"):
                    say(what)
            size, root = check_checkpoint(
                content, card.log_key(bytes.fromhex(generation)),
                [other.witness_key() for other in self.cards.values()], tell)
            say(f"the root of {card.name} is cosigned by {len(seen)}" +
                "".join(f"{',' if i else ':'} {name}"
                        for i, name in enumerate(sorted(seen))))
            self.logs[(org, generation)] = [content, size, root, 0]

    def check_record(self, identity, parts):
        need("header" in parts and "proof" in parts, "header or proof missing")
        header = Header(parts["header"])
        log = self.logs.get((header.author.hex(), header.generation.hex()))
        need(log is not None, "no checkpoint of its log")
        need(parts["proof"].split(b"\n\n", 1)[-1] == log[0],
             "another checkpoint")
        need(hashlib.sha256(b"\0" + parts["header"]).hexdigest() == identity,
             "another record's header")
        key = self.card(header.author).log_key(header.generation)
        check_proof(parts["proof"], key, [], parts["header"], quiet)
        log[3] += 1
        header.entry = decimal(
            parts["proof"].split(b"\n")[1].decode()[len("index "):])
        header.id = bytes.fromhex(identity)
        header.payload = self.check_bytes(header, parts)
        header.has_body = "body" in parts
        return header

    @staticmethod
    def check_bytes(header, parts):
        if header.version > 1:
            need(not {"slots", "body", "payload"} & set(parts),
                 "more than can be checked")
            return None
        need(header.slotted == ("slots" in parts), "slots")
        need(not header.slotted or header.slots_hash ==
             hash_of("qsg/slots-hash/v1", parts["slots"]), "another's slots")
        if "body" in parts:
            need(len(parts["body"]) == header.body_size and header.body_hash ==
                 hash_of("qsg/body-hash/v1", parts["body"]), "another's body")
        if "payload" not in parts and "content-key" not in parts:
            return None
        need({"payload", "content-key", "body"} <= set(parts), "half opened")
        need(open_body(header, parts["content-key"], parts["body"]) ==
             parts["payload"], "another payload")
        return fields(parts["payload"])

    @staticmethod
    def check_audience(header):
        """Who could read the stream is what its header commits to."""
        audience = fields(one(header.payload, 16))
        readers = [value for n, value in audience if n == 1]
        need(readers == sorted(set(readers)) and header.author in readers,
             "readers")
        need(hash_of("qsg/audience/v1", one(audience, 2) +
                     len(readers).to_bytes(4, "big") + b"".join(readers)) ==
             header.audience, "another audience")

    @staticmethod
    def check_chain(headers):
        last = keyed = None
        whole = False
        for header in sorted(headers, key=lambda h: h.number):
            if last is not None:
                need(header.number != last.number, "two of one number")
                following = header.number == last.number + 1
                need(not following or header.previous == last.id,
                     "a chain that does not hold")
                whole = whole and following and last.version == 1
            if header.number == 1:
                need(header.slotted and header.stream == hash_of(
                    "qsg/stream/v1", header.author + header.generation +
                    header.nonce + header.audience), "another stream's id")
            if header.slotted:
                need(keyed is None or keyed.audience == header.audience,
                     "a changed audience")
                keyed, whole = header, True
            elif header.version == 1 and whole:
                need(header.keyed_by == keyed.id, "keyed by another")
            last = header

    def check_csv(self, headers):
        def word(text):
            return "'" + text if text[:1] in tuple("=+-@\t\r") else text

        def quote(text):
            if text and (text[0] == " " or text[-1] == " " or
                         any(c in ',"\n\r' for c in text)):
                return '"' + text.replace('"', '""') + '"'
            return text
        rows = ["record,author,author_name,generation,entry,stream,number,"
                "state,type,provider,created_at\n"]
        for header in headers:
            kind = provider = created = ""
            if header.payload is not None:
                kind, provider, created = describe(header.payload)
            state = ("opened" if header.payload is not None else
                     "sealed" if header.has_body else "no body")
            rows.append(",".join(map(quote, [
                header.id.hex(), header.author.hex(),
                word(self.card(header.author).name), header.generation.hex(),
                str(header.entry), header.stream.hex(), str(header.number),
                state, kind, word(provider), created])) + "\n")
        need(self.files["data/index.csv"] == "".join(rows).encode(),
             "data/index.csv says something else")

    def check_seal(self, say):
        header = Header(self.seal["header"])
        card = self.card(header.author)
        check_proof(self.seal["proof"], card.log_key(header.generation), [],
                    self.seal["header"], quiet)
        payload = fields(self.seal["payload"])
        need(self.check_bytes(header, self.seal) is not None, "no seal")
        export = fields(one(payload, 22))
        need(one(export, 4) == hashlib.sha256(
            self.files["manifest-sha512.txt"]).digest(),
            "sealed for another manifest")
        need(one(export, 2, 0) == len(self.records), "another number")
        opened = any("content-key" in parts for parts in self.records.values())
        need(bool(one(export, 3, 0)) == opened, "opened otherwise")
        sealed = {value.hex() for n, value in export if n == 5}
        need(not sealed or sealed == self.evidence,
             "other evidence than was sealed")
        if one(export, 1) == b"all":
            for (org, _), log in self.logs.items():
                need(org != header.author.hex() or log[1] == log[3],
                     "an entry of the exporter's log is missing")
        say(f"sealed by {card.name}, {fingerprint(card.id)}")


TYPES = {16: "audience", 17: "closed", 18: "intelligence", 19: "indicator",
         20: "override", 21: "receipt", 22: "export", 23: "roster",
         24: "membership", 25: "succession", 26: "corroboration",
         27: "feedback", 28: "request", 29: "answer", 30: "judgement",
         31: "finding", 32: "register", 33: "relation",
         34: "source-identity", 35: "policy", 36: "decision"}
# The contents that name one provider, all in field 1.
ABOUT = {18, 28, 30, 31, 33}


def describe(payload):
    kind = next((TYPES[n] for n, _ in payload if n in TYPES), "unknown")
    corrects = any(n == 6 and one(fields(value), 1) == b"corrects"
                   for n, value in payload)
    provider = ""
    for number, value in payload:
        if number in ABOUT:
            provider = one(fields(value), 1, b"").decode()
    if corrects and kind in ("intelligence", "indicator"):
        kind = "correction"
    return kind, provider, rfc3339(one(payload, 2, 0))


def rfc3339(ms):
    when = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (ms % 1000)


def check_bundle(data, trusts, say):
    bundle = Bundle(data)
    bundle.check_logs(say)
    headers = [bundle.check_record(identity, parts)
               for identity, parts in sorted(bundle.records.items())]
    streams = {}
    for header in headers:
        if header.slotted and header.payload is not None:
            bundle.check_audience(header)
        streams.setdefault((header.author, header.generation, header.stream),
                           []).append(header)
    for stream in streams.values():
        bundle.check_chain(stream)
    bundle.check_csv(headers)
    bundle.check_seal(say)
    say(f"{len(headers)} records, each in its author's log; "
        f"{sum(h.payload is not None for h in headers)} opened")
    known = {fingerprint(identity) for identity in bundle.cards}
    for text in trusts:
        need(text in known, f"no card of {text}")
    for card in bundle.cards.values():
        verified = fingerprint(card.id) in trusts
        say(f"{'verified' if verified else 'not verified'}: {card.name}, "
            f"{fingerprint(card.id)}")
    say("data/index.html is as it was exported, and was not looked into")
