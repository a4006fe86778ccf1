#!/usr/bin/python3
"""Writes test vectors as JSON: make_vectors.py SEED >FILE. The same seed gives
the same bytes."""

import hashlib
import json
import os
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import qsg  # noqa: E402


class Source:
    """Replayable randomness."""

    def __init__(self, seed):
        self.seed = seed.encode()
        self.drawn = 0

    def take(self, size):
        self.drawn += 1
        return hashlib.shake_256(
            self.seed + b"/" + str(self.drawn).encode()).digest(size)

    def below(self, bound):
        return int.from_bytes(self.take(16), "big") % bound

    def shuffled(self, items):
        items = list(items)
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


class Organisation:
    def __init__(self, rng, epochs):
        self.identity, self.cosigning, self.log = (rng.take(32)
                                                   for _ in range(3))
        self.generation = rng.take(8)
        self.sealing = {epoch: rng.take(32) for epoch in epochs}
        self.transport, self.storage = rng.take(32), rng.take(32)
        self.id = qsg.sign_public(self.identity)

    def keystore(self):
        out = qsg.field_number(1, 1) + qsg.field_bytes(2, self.identity)
        out += qsg.field_bytes(3, qsg.field_bytes(1, self.generation)
                               + qsg.field_bytes(2, self.log))
        out += qsg.field_bytes(4, self.cosigning)
        for epoch in sorted(self.sealing):
            out += qsg.field_bytes(5, qsg.field_number(1, epoch)
                                   + qsg.field_bytes(2, self.sealing[epoch]))
        return (out + qsg.field_bytes(6, self.transport)
                + qsg.field_bytes(7, self.storage))

    def slot(self, header, chain_key):
        epoch = max(self.sealing)
        return (qsg.box_public(self.sealing[epoch]),
                qsg.slot_plain(header, self.id, epoch, chain_key))


class Stream:
    """An author's side of one stream."""

    def __init__(self, rng, author, readers):
        self.rng, self.author, self.readers = rng, author, readers
        self.salt = rng.take(32)
        self.audience = qsg.audience_commitment(
            self.salt, [r.id for r in readers])
        self.number, self.previous = 0, bytes(32)
        self.stream = self.keyed_by = self.chain_key = None

    def next_header(self, slotted):
        header = {"version": 1, "author": self.author.id,
                  "generation": self.author.generation,
                  "stream": self.stream, "number": self.number + 1,
                  "previous": self.previous, "slotted": int(slotted),
                  "keyed_by": bytes(32) if slotted else self.keyed_by,
                  "nonce": self.rng.take(24), "audience": self.audience}
        if self.stream is None:
            header["stream"] = qsg.stream_id(header)
        return header

    def boxes(self, header, chain_key):
        boxes = [r.slot(header, chain_key) for r in self.readers]
        size = 2
        while size < len(boxes):
            size *= 2
        while len(boxes) < size:
            boxes.append((qsg.box_public(self.rng.take(32)), bytes(164)))
        return self.rng.shuffled(boxes)

    def seal(self, payload, slotted=False, spoil=None):
        """One record as its JSON. spoil: changes parts before they are
        sealed, to make a bad one."""
        header = self.next_header(slotted)
        if slotted:
            self.chain_key = self.rng.take(32)
        parts = {"header": header, "padded": qsg.pad(payload), "slots": None,
                 "chain_key": self.chain_key}
        parts["content_key"] = qsg.content_key(self.chain_key, header)
        header["commitment"] = qsg.commitment(parts["content_key"], header)
        if slotted:
            parts["slots"] = qsg.slots_put(
                self.rng.take(32), self.boxes(header, self.chain_key))
        if spoil:
            spoil(self, parts)
        if slotted:
            header["slots_hash"] = qsg.hashed("qsg/slots-hash/v1",
                                              parts["slots"])
        body = qsg.body_seal(parts["content_key"], header, parts["padded"])
        header["body_size"] = len(body)
        header["body_hash"] = qsg.hashed("qsg/body-hash/v1", body)
        header_bytes = qsg.header_put(header)
        identity = qsg.record_id(header_bytes)
        out = {"header": header_bytes.hex(), "body": body.hex(),
               "id": identity.hex(), "payload": payload.hex(),
               "chain_key": self.chain_key.hex(),
               "content_key": parts["content_key"].hex()}
        if slotted:
            out["slots"] = parts["slots"].hex()
            self.keyed_by = identity
        self.stream, self.previous = header["stream"], identity
        self.number = header["number"]
        self.chain_key = qsg.next_chain_key(self.chain_key, header)
        return out


def good_records(stream):
    rng = stream.rng
    records = [stream.seal(b"the audience", slotted=True)]
    for size in (0, 1, 27, 28, 29, 1020, 5000):
        records.append(stream.seal(rng.take(size)))
    records.append(stream.seal(b"re-keyed", slotted=True))
    records += [stream.seal(f"record {i}".encode()) for i in range(5)]
    return records


def replace_slots(change):
    """A spoiler: the reader's slot says something else than it should."""
    def spoil(stream, parts):
        reader = stream.readers[1]
        boxes = []
        for public, plain in stream.boxes(parts["header"],
                                          parts["chain_key"]):
            if plain[56:88] == reader.id:
                plain = change(bytearray(plain))
            boxes.append((public, bytes(plain)))
        parts["slots"] = qsg.slots_put(stream.rng.take(32), boxes)
    return spoil


def flip(at):
    def change(plain):
        plain[at] ^= 1
        return plain
    return change


def set_padded(change):
    def spoil(_, parts):
        parts["padded"] = change(parts["padded"])
    return spoil


def wrong_commitment(_, parts):
    parts["header"]["commitment"] = bytes(32)


def low_order(_, parts):
    parts["slots"] = bytes(32) + parts["slots"][32:]


def two_keys(_, parts):
    parts["content_key"] = qsg.content_key(bytes(32), parts["header"])


def bad_records(rng, author, readers):
    """Openings that the second reader must refuse: at its slot or at the
    body, and with which error."""
    payload = bytes(range(1, 41))  # framed 44, padded 44: Padme keeps it
    long_payload = bytes(41)       # framed 45, padded 46
    cases = [
        ("slot label", replace_slots(flip(0)), "slot", "verify"),
        ("slot label's filling", replace_slots(flip(15)), "slot", "verify"),
        ("slot author", replace_slots(flip(16)), "slot", "verify"),
        ("slot generation", replace_slots(flip(55)), "slot", "verify"),
        ("slot reader", replace_slots(flip(56)), "slot", "verify"),
        ("slot epoch", replace_slots(flip(91)), "slot", "verify"),
        ("slot stream", replace_slots(flip(92)), "slot", "verify"),
        ("slot number", replace_slots(flip(131)), "slot", "verify"),
        ("slot chain key", replace_slots(flip(163)), "body", "verify"),
        ("low-order ephemeral key", low_order, "slot", "verify"),
        ("commitment", wrong_commitment, "body", "verify"),
        ("body under a key without commitment", two_keys, "body", "verify"),
        ("padding byte", set_padded(lambda p: p[:-1] + b"\1"), "body",
         "format"),
        ("padding longer", set_padded(lambda p: p + b"\0"), "body", "format"),
        ("padding missing", set_padded(lambda p: p[:-1]), "body", "format"),
        ("length too large",
         set_padded(lambda p: struct.pack(">I", len(p)) + p[4:]), "body",
         "format"),
        ("no length", set_padded(lambda p: p[:3]), "body", "format"),
    ]
    out = []
    for why, spoil, where, error in cases:
        stream = Stream(rng, author, readers)
        record = stream.seal(
            long_payload if "padding" in why else payload, slotted=True,
            spoil=spoil)
        record.update({"why": why, "where": where, "error": error})
        out.append(record)
    return out


def make_card(organisation, version, name):
    """The JSON of a card; generation with a predecessor."""
    head = qsg.field_number(1, 17) + qsg.field_bytes(
        2, hashlib.sha256(b"root").digest())
    old = qsg.field_bytes(1, bytes(7) + b"\1")
    old += qsg.field_bytes(2, qsg.sign_public(hashlib.sha256(
        organisation.log).digest()))
    old += qsg.field_bytes(3, head) + qsg.field_number(4, 1)
    live = qsg.field_bytes(1, organisation.generation)
    live += qsg.field_bytes(2, qsg.sign_public(organisation.log))
    code, kind = "local:healthwatch/merton", "healthwatch"
    card = qsg.field_number(1, 1) + qsg.field_bytes(2, organisation.id)
    card += qsg.field_number(3, version)
    for number, text in ((4, name), (5, code), (6, kind)):
        card += qsg.field_bytes(number, text.encode())
    card += qsg.field_bytes(7, old) + qsg.field_bytes(7, live)
    card += qsg.field_bytes(8, qsg.sign_public(organisation.cosigning))
    for epoch in sorted(organisation.sealing):
        card += qsg.field_bytes(9, qsg.field_number(1, epoch) + qsg.field_bytes(
            2, qsg.box_public(organisation.sealing[epoch])))
    card += qsg.field_bytes(10, qsg.box_public(organisation.transport))
    card += qsg.field_bytes(11, b"tcp://[2001:db8::17]:5555")
    card += qsg.field_packed(12, [1, 2]) + qsg.field_packed(13, [1])
    signed = qsg.card_sign(organisation.identity, card)
    return {"signed": signed.hex(), "name": name, "version": version,
            "code": code, "kind": kind, "organisation": organisation.id.hex(),
            "fingerprint": qsg.fingerprint(organisation.id),
            "digest": qsg.hashed("qsg/card-digest/v1", card).hex(),
            "armour": qsg.armour("QSG ORGANISATION CARD", signed)}


def make_note(rng, author, witness):
    log = f"qsg/{author.id.hex()}/{author.generation.hex()}"
    other = f"qsg/{witness.id.hex()}/witness"
    text = f"{log}\n{rng.below(1 << 40)}\n{rng.take(24).hex()}\n\ninner\n"
    time = 1500000000 + rng.below(1 << 30)
    public = qsg.sign_public(author.log)
    note = text + "\n"
    note += qsg.note_line(log, 1, public, qsg.sign(author.log, text.encode()))
    note += qsg.note_line("unknown.example/key", 7, bytes(32), rng.take(40))
    signature = qsg.sign(witness.cosigning, qsg.cosigned(text, time))
    public_other = qsg.sign_public(witness.cosigning)
    note += qsg.note_line(other, 4, public_other,
                          struct.pack(">Q", time) + signature)
    return {"note": note, "text": text, "time": time,
            "log_key": qsg.vkey(log, 1, public),
            "witness_key": qsg.vkey(other, 4, public_other)}


def main():
    rng = Source(sys.argv[1])
    author = Organisation(rng, [1])
    reader = Organisation(rng, [1, 2, 7])
    second = Organisation(rng, [3])
    stranger = Organisation(rng, [1, 2])
    readers = [author, reader, second]
    stream = Stream(rng, author, readers)
    records = good_records(stream)
    out = {
        "made_by": "make_vectors.py " + sys.argv[1],
        "organisations": {
            name: {"keystore": who.keystore().hex(), "id": who.id.hex()}
            for name, who in (("author", author), ("reader", reader),
                              ("second", second), ("stranger", stranger))},
        "stream": {"id": stream.stream.hex(), "salt": stream.salt.hex(),
                   "audience": stream.audience.hex(),
                   "readers": sorted(r.id.hex() for r in readers)},
        "records": records,
        "bad": bad_records(rng, author, readers),
        "cards": [make_card(author, 1, "Northton Trust"),
                  make_card(reader, 1 << 53, "Équipe Qualité \u2013 West")],
        "notes": [make_note(rng, author, reader) for _ in range(3)],
    }
    json.dump(out, sys.stdout, indent=1)
    print()


main()
