"""A second implementation of proto/PROTOCOL.md: identity, cards, streams, slots,
chain, bodies, signed notes. Written from that document alone, on pycryptodome
and cryptography, to check the node and to be checked by it. Not for use: it
guards no secret."""

import base64
import hashlib
import struct

from Cryptodome.Cipher import ChaCha20_Poly1305, Salsa20
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey, Ed25519PublicKey)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)
from cryptography.hazmat.primitives.poly1305 import Poly1305
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat)


class Bad(Exception):
    """Something that a reader must refuse."""


def need(condition, what):
    if not condition:
        raise Bad(what)


# Notation.

def label_bytes(label):
    return bytes([len(label)]) + label.encode("ascii")


def hashed(label, data):
    return hashlib.blake2b(label_bytes(label) + data, digest_size=32).digest()


def derived(key, label, data):
    return hashlib.blake2b(label_bytes(label) + data, digest_size=32,
                           key=key).digest()


def aead_seal(key, nonce, extra, plain):
    cipher = ChaCha20_Poly1305.new(key=key, nonce=nonce)
    cipher.update(extra)
    text, tag = cipher.encrypt_and_digest(plain)
    return text + tag


def aead_open(key, nonce, extra, sealed):
    need(len(sealed) >= 16, "too short")
    cipher = ChaCha20_Poly1305.new(key=key, nonce=nonce)
    cipher.update(extra)
    try:
        return cipher.decrypt_and_verify(sealed[:-16], sealed[-16:])
    except ValueError as wrong:
        raise Bad("wrong tag") from wrong


# Keys.

def raw(key):
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign_public(seed):
    return raw(Ed25519PrivateKey.from_private_bytes(seed).public_key())


def sign(seed, message):
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def verify(public, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature as wrong:
        raise Bad("wrong signature") from wrong


def box_public(secret):
    return raw(X25519PrivateKey.from_private_bytes(secret).public_key())


# Box: X25519, HSalsa20, XSalsa20-Poly1305.

def hsalsa20(key, block):
    """Salsa20's 20 rounds without the final addition; the diagonal and the
    four words of the input are the output (Bernstein, "Extending the Salsa20
    nonce")."""
    sigma = struct.unpack("<4I", b"expand 32-byte k")
    k = struct.unpack("<8I", key)
    n = struct.unpack("<4I", block)
    x = [sigma[0], *k[:4], sigma[1], *n, sigma[2], *k[4:], sigma[3]]

    def quarter(a, b, c, d):
        for into, one, other, by in ((b, a, d, 7), (c, b, a, 9),
                                     (d, c, b, 13), (a, d, c, 18)):
            total = (x[one] + x[other]) & 0xFFFFFFFF
            x[into] ^= (total << by | total >> (32 - by)) & 0xFFFFFFFF

    for _ in range(10):
        for column in ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6),
                       (15, 3, 7, 11)):
            quarter(*column)
        for row in ((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9),
                    (15, 12, 13, 14)):
            quarter(*row)
    return struct.pack("<8I", x[0], x[5], x[10], x[15], x[6], x[7], x[8], x[9])


def box_shared(secret, public):
    try:
        shared = X25519PrivateKey.from_private_bytes(secret).exchange(
            X25519PublicKey.from_public_bytes(public))
    except ValueError as low:
        raise Bad("low-order key") from low
    return hsalsa20(shared, bytes(16))


def xsalsa20(key, nonce):
    return Salsa20.new(key=hsalsa20(key, nonce[:16]), nonce=nonce[16:])


def box_seal(shared, nonce, plain):
    stream = xsalsa20(shared, nonce)
    once = stream.encrypt(bytes(32))
    text = stream.encrypt(plain)
    return Poly1305.generate_tag(once, text) + text


def box_open(shared, nonce, sealed):
    stream = xsalsa20(shared, nonce)
    once = stream.encrypt(bytes(32))
    if Poly1305.generate_tag(once, sealed[16:]) != sealed[:16]:
        return None
    return stream.decrypt(sealed[16:])


# Fingerprints and armour.

def fingerprint(organisation):
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = int.from_bytes(organisation, "big") << 4
    text = "".join(alphabet[number >> (255 - 5 * i) & 31] for i in range(52))
    return " ".join(text[i:i + 4] for i in range(0, 52, 4))


def armour(label, data):
    text = base64.b64encode(data).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines,
                      f"-----END {label}-----", ""])


def unarmour(label, text):
    body = text.split(f"-----BEGIN {label}-----\n")[1]
    body = body.split(f"-----END {label}-----")[0]
    return base64.b64decode(body, validate=False)


# Protobuf, as far as a card and a keystore's content need it.

def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field_number(number, value):
    return varint(number << 3) + varint(value) if value else b""


def field_bytes(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value


def field_packed(number, values):
    return field_bytes(number, b"".join(varint(v) for v in values))


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """[(number, value)] of a message of varints and byte strings."""
    out, at = [], 0
    while at < len(data):
        tag, at = read_varint(data, at)
        value, at = read_varint(data, at)
        if tag & 7 == 2:
            value, at = data[at:at + value], at + value
        out.append((tag >> 3, value))
    return out


# Cards.

def card_sign(identity_seed, card):
    signature = sign(identity_seed, label_bytes("qsg/card/v1") + card)
    return field_bytes(1, card) + field_bytes(2, signature)


def card_check(signed):
    """Verify and return {field number: [values]}."""
    (_, card), (_, signature) = fields(signed)
    out = {}
    for number, value in fields(card):
        out.setdefault(number, []).append(value)
    verify(out[2][0], signature, label_bytes("qsg/card/v1") + card)
    return out


# Headers.

HEADER = struct.Struct(">B32s8s32sQ32sBI32s32s24s32s")
NAMES = ("version", "author", "generation", "stream", "number", "previous",
         "slotted", "body_size", "keyed_by", "body_hash", "nonce",
         "commitment")


def header_put(header):
    out = HEADER.pack(*(header[name] for name in NAMES))
    if header["slotted"]:
        out += header["slots_hash"] + header["audience"]
    return out


def header_get(data):
    need(len(data) in (238, 302), "header size")
    header = dict(zip(NAMES, HEADER.unpack(data[:238])))
    need(header["version"] == 1, "header version")
    need(header["slotted"] == (len(data) == 302), "header flag")
    need((header["previous"] == bytes(32)) == (header["number"] == 1),
         "previous")
    need((header["keyed_by"] == bytes(32)) == bool(header["slotted"]), "keyed")
    if header["slotted"]:
        header["slots_hash"], header["audience"] = data[238:270], data[270:]
    return header


def record_id(header_bytes):
    return hashlib.sha256(b"\x00" + header_bytes).digest()


def audience_commitment(salt, ids):
    return hashed("qsg/audience/v1",
                  salt + struct.pack(">I", len(ids)) + b"".join(sorted(ids)))


def stream_id(header):
    return hashed("qsg/stream/v1", header["author"] + header["generation"]
                  + header["nonce"] + header["audience"])


def place(header):
    return (header["author"] + header["generation"] + header["stream"]
            + struct.pack(">Q", header["number"]))


# Slots.

def slot_plain(header, reader, epoch, chain_key):
    return (b"qsg/slot/v1".ljust(16, b"\0") + header["author"]
            + header["generation"] + reader + struct.pack(">I", epoch)
            + header["stream"] + struct.pack(">Q", header["number"])
            + chain_key)


def slot_nonce(index):
    return bytes(22) + struct.pack(">H", index)


def slots_put(ephemeral, boxes):
    """boxes: [(public key, plaintext)] in their order."""
    out = box_public(ephemeral) + struct.pack(">H", len(boxes))
    for index, (public, plain) in enumerate(boxes):
        out += box_seal(box_shared(ephemeral, public), slot_nonce(index), plain)
    return out


def slots_open(header, slots, reader, sealing):
    """sealing: {epoch: secret}. The chain key, or None without a slot."""
    count = struct.unpack(">H", slots[32:34])[0]
    need(1 <= count <= 256 and len(slots) == 34 + 180 * count, "slots size")
    for epoch in sorted(sealing, reverse=True):
        shared = box_shared(sealing[epoch], slots[:32])
        for index in range(count):
            at = 34 + 180 * index
            plain = box_open(shared, slot_nonce(index), slots[at:at + 180])
            if plain is not None:
                need(plain[:132] == slot_plain(header, reader, epoch, b""),
                     "slot fields")
                return plain[132:]
    return None


# Chain and body.

def content_key(chain_key, header):
    return derived(chain_key, "qsg/content-key/v1", place(header))


def next_chain_key(chain_key, header):
    return derived(chain_key, "qsg/chain/v1", place(header))


def commitment(key, header):
    return derived(key, "qsg/commitment/v1", place(header))


def padme(size):
    if size < 2:
        return size
    e = size.bit_length() - 1
    k = e.bit_length()
    step = 1 << max(e - k, 0)
    return (size + step - 1) // step * step


def pad(payload):
    framed = struct.pack(">I", len(payload)) + payload
    return framed.ljust(padme(len(framed)), b"\0")


def unpad(padded):
    size = struct.unpack(">I", padded[:4])[0]
    payload = padded[4:4 + size]
    need(pad(payload) == padded, "padding")
    return payload


def body_seal(key, header, padded):
    return aead_seal(derived(key, "qsg/aead-key/v1", place(header)),
                     header["nonce"],
                     label_bytes("qsg/body/v1") + place(header), padded)


def body_open(key, header, body):
    need(commitment(key, header) == header["commitment"], "commitment")
    need(hashed("qsg/body-hash/v1", body) == header["body_hash"], "body hash")
    need(len(body) == header["body_size"], "body size")
    return unpad(aead_open(derived(key, "qsg/aead-key/v1", place(header)),
                           header["nonce"],
                           label_bytes("qsg/body/v1") + place(header), body))


# Signed notes.

def key_id(name, kind, public):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind])
                          + public).digest()[:4]


def vkey(name, kind, public):
    return (f"{name}+{key_id(name, kind, public).hex()}+"
            + base64.b64encode(bytes([kind]) + public).decode())


def note_line(name, kind, public, blob):
    data = base64.b64encode(key_id(name, kind, public) + blob).decode()
    return f"\u2014 {name} {data}\n"


def cosigned(text, time):
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def note_verify(note, vkey_text):
    """Verify one key's line; the time of a cosignature, else None."""
    text, lines = note[:note.rindex("\n\n") + 1], note[note.rindex("\n\n") + 2:]
    name, hex_id, encoded = vkey_text.split("+", 2)
    kind, public = base64.b64decode(encoded)[0], base64.b64decode(encoded)[1:]
    need(key_id(name, kind, public).hex() == hex_id, "key id")
    for line in lines.splitlines():
        dash, who, data = line.split(" ")
        need(dash == "\u2014", "dash")
        blob = base64.b64decode(data)
        if who != name or blob[:4] != key_id(name, kind, public):
            continue
        if kind == 1:
            verify(public, blob[4:], text.encode())
            return None
        time = struct.unpack(">Q", blob[4:12])[0]
        verify(public, blob[12:], cosigned(text, time))
        return time
    raise Bad("no line of this key")
