#!/usr/bin/python3
"""Opens and verifies what the node sealed: check_vectors.py FILE. Prints how
much it checked; exit status 1 at the first thing that is wrong."""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import qsg  # noqa: E402


def sealing_of(keystore):
    """Organisation id and {epoch: secret} out of a keystore's content."""
    identity, sealing = None, {}
    for number, value in qsg.fields(keystore):
        if number == 2:
            identity = qsg.sign_public(value)
        if number == 5:
            inner = dict(qsg.fields(value))
            sealing[inner[1]] = inner[2]
    return identity, sealing


def check_record(header_bytes, record, state):
    """One record against what came before it in its stream."""
    header = qsg.header_get(header_bytes)
    qsg.need(header["number"] == state["number"] + 1, "number")
    qsg.need(header["previous"] == state["id"], "previous id")
    qsg.need(header["stream"] == state["stream"], "stream id")
    if header["slotted"]:
        qsg.need(header["audience"] == state["audience"], "audience")
        qsg.need(qsg.hashed("qsg/slots-hash/v1", record["slots"])
                 == header["slots_hash"], "slots hash")
    else:
        qsg.need(header["keyed_by"] == state["keyed_by"], "keyed by")
    if header["number"] == 1:
        qsg.need(qsg.stream_id(header) == header["stream"], "stream id")
    return header


def check_stream(data, who):
    """All records as one reader sees them; the number of bodies opened."""
    identity, sealing = sealing_of(bytes.fromhex(
        data["organisations"][who]["keystore"]))
    stream = data["stream"]
    audience = qsg.audience_commitment(
        bytes.fromhex(stream["salt"]),
        [bytes.fromhex(i) for i in stream["readers"]])
    state = {"number": 0, "id": bytes(32), "keyed_by": None,
             "stream": bytes.fromhex(stream["id"]), "audience": audience}
    opened, chain_key = 0, None
    for texts in data["records"]:
        record = {k: bytes.fromhex(v) for k, v in texts.items()}
        header = check_record(record["header"], record, state)
        state["number"] = header["number"]
        state["id"] = qsg.record_id(record["header"])
        qsg.need(state["id"] == record["id"], "record id")
        if header["slotted"]:
            state["keyed_by"] = state["id"]
            chain_key = qsg.slots_open(header, record["slots"], identity,
                                       sealing)
        if chain_key is None:
            continue
        key = qsg.content_key(chain_key, header)
        qsg.need(qsg.body_open(key, header, record["body"])
                 == record["payload"], "payload")
        chain_key = qsg.next_chain_key(chain_key, header)
        opened += 1
    return opened


def check_cards(data):
    for card in data["cards"]:
        signed = bytes.fromhex(card["signed"])
        fields = qsg.card_check(signed)
        qsg.need(fields[2][0].hex() == card["organisation"], "organisation")
        qsg.need(fields[3][0] == card["version"], "version")
        qsg.need(fields[4][0].decode() == card["name"], "name")
        qsg.need(qsg.fingerprint(fields[2][0]) == card["fingerprint"],
                 "fingerprint")
        inner = dict(qsg.fields(signed))[1]
        qsg.need(qsg.hashed("qsg/card-digest/v1", inner).hex()
                 == card["digest"], "digest")
        qsg.need(qsg.unarmour("QSG ORGANISATION CARD", card["armour"])
                 == signed, "armour")


def check_notes(data):
    for note in data["notes"]:
        qsg.note_verify(note["note"], note["log_key"])
        time = qsg.note_verify(note["note"], note["witness_key"])
        qsg.need(time == note["time"], "time")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file)
    opened = 0
    for who in ("author", "reader", "second"):
        count = check_stream(data, who)
        qsg.need(count == len(data["records"]) > 0, f"{who} lacks records")
        opened += count
    qsg.need(check_stream(data, "stranger") == 0, "a stranger reads")
    check_cards(data)
    check_notes(data)
    print(f"checked {opened} bodies, {len(data['cards'])} cards, "
          f"{len(data['notes'])} notes")


try:
    main()
except qsg.Bad as bad:
    sys.exit(f"wrong: {bad}")
