#!/usr/bin/python3
"""Checks signed notes and log proofs from the public specifications alone.

Written from c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof
and RFC 9162; shares nothing with the program. Standard library, and openssl for
Ed25519.

    check.py checkpoint --log VKEY [--witness VKEY ...] FILE
    check.py proof --log VKEY [--witness VKEY ...] --header BASE64 FILE
    check.py bundle FILE [--trust FINGERPRINT ...]

Prints one line for each thing it found true; exit 1 and one line otherwise.
"""
import argparse
import base64
import binascii
import functools
import hashlib
import os
import subprocess
import sys
import tempfile

DER_PREFIX = bytes.fromhex("302a300506032b6570032100")


class Wrong(Exception):
    """What was given does not hold."""


def need(condition, what):
    if not condition:
        raise Wrong(what)


def unbase64(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Wrong(f"not base64: {text!r}") from error
    need(base64.b64encode(data).decode() == text, "base64 with stray bits")
    return data


def decimal(text):
    need(text.isascii() and text.isdigit(), f"not a number: {text!r}")
    need(text == "0" or text[0] != "0", f"leading zeros: {text!r}")
    return int(text)


# The proofs of one log bear one and the same checkpoint.
@functools.lru_cache(maxsize=1024)
def ed25519(key, signature, message):
    with tempfile.TemporaryDirectory() as place:
        names = {"key": DER_PREFIX + key, "sig": signature, "msg": message}
        for name, data in names.items():
            with open(os.path.join(place, name), "wb") as file:
                file.write(data)
        result = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER",
             "-inkey", "key", "-rawin", "-in", "msg", "-sigfile", "sig"],
            cwd=place, capture_output=True, check=False)
    return result.returncode == 0


class Key:
    """A verifier key: name+hex8+base64(type, public key)."""

    def __init__(self, text):
        # Base64 may hold a plus; the name and the hash may not.
        parts = text.split("+", 2)
        need(len(parts) == 3, "a verifier key has three parts")
        self.name = parts[0]
        data = unbase64(parts[2])
        need(len(data) == 33, "a verifier key of another size")
        self.type, self.key = data[0], data[1:]
        self.id = hashlib.sha256(
            self.name.encode() + b"\n" + data).digest()[:4]
        need(self.id.hex() == parts[1].lower(), "another key id")


class Note:
    """A signed note: text, and signature lines."""

    def __init__(self, data):
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Wrong("not UTF-8") from error
        at = text.rfind("\n\n")
        need(at >= 0, "no signature block")
        self.text = text[:at + 1]
        block = text[at + 2:]
        need(block.endswith("\n"), "the last line does not end")
        self.signatures = []
        for line in block[:-1].split("\n"):
            need(line.startswith("\u2014 "), f"no signature line: {line!r}")
            name, _, blob = line[2:].partition(" ")
            raw = unbase64(blob)
            need(len(raw) > 4, "a short signature")
            self.signatures.append((name, raw[:4], raw[4:]))

    def of(self, key):
        found = [s for n, i, s in self.signatures
                 if n == key.name and i == key.id]
        need(len(found) <= 1, "a key signed twice")
        return found[0] if found else None


def check_checkpoint(data, log, witnesses, say):
    """The size and root that the log signed."""
    note = Note(data)
    lines = note.text.split("\n")
    need(len(lines) >= 4 and lines[-1] == "", "not three lines")
    need(lines[0] == log.name, "the origin is not the key's name")
    size, root = decimal(lines[1]), unbase64(lines[2])
    need(len(root) == 32, "a root of another size")
    need(log.type == 1, "the log key is no Ed25519 key")
    signature = note.of(log)
    need(signature is not None, "the log did not sign")
    need(ed25519(log.key, signature, note.text.encode()), "a bad signature")
    say(f"checkpoint {size} signed by {log.name}")
    for witness in witnesses:
        need(witness.type == 4, "no key of a witness")
        blob = note.of(witness)
        if blob is None:
            say(f"no cosignature of {witness.name}")
            continue
        need(len(blob) == 72, "a cosignature of another size")
        when = int.from_bytes(blob[:8], "big")
        message = f"cosignature/v1\ntime {when}\n{note.text}".encode()
        need(ed25519(witness.key, blob[8:], message), "a bad cosignature")
        say(f"cosigned by {witness.name} at {when}")
    return size, root


def root_from(index, size, leaf, path):
    """RFC 9162, 2.1.3.2."""
    need(index < size, "an index beyond the tree")
    at, last, value = index, size - 1, leaf
    for sibling in path:
        need(last > 0, "too many hashes")
        if at & 1 or at == last:
            value = hashlib.sha256(b"\x01" + sibling + value).digest()
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            value = hashlib.sha256(b"\x01" + value + sibling).digest()
        at >>= 1
        last >>= 1
    need(last == 0, "too few hashes")
    return value


def check_proof(data, log, witnesses, header, say):
    head, separator, checkpoint = data.partition(b"\n\n")
    need(separator, "no checkpoint")
    lines = head.decode("utf-8", "replace").split("\n")
    need(lines[0] == "c2sp.org/tlog-proof@v1", "another first line")
    rest = lines[1:]
    if rest and rest[0].startswith("extra "):
        unbase64(rest.pop(0)[6:])
    need(rest and rest[0].startswith("index "), "no index")
    index = decimal(rest[0][6:])
    path = [unbase64(line) for line in rest[1:]]
    need(all(len(hash_) == 32 for hash_ in path), "a hash of another size")
    size, root = check_checkpoint(checkpoint, log, witnesses, say)
    leaf = hashlib.sha256(b"\x00" + header).digest()
    need(root_from(index, size, leaf, path) == root, "another root")
    say(f"record {leaf.hex()} is entry {index}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["checkpoint", "proof", "bundle"])
    parser.add_argument("--log", default="")
    parser.add_argument("--trust", action="append", default=[])
    parser.add_argument("--witness", action="append", default=[])
    parser.add_argument("--header", default="")
    parser.add_argument("file")
    args = parser.parse_args()
    with open(args.file, "rb") as file:
        data = file.read()
    try:
        if args.what == "bundle":
            sys.dont_write_bytecode = True
            sys.modules["check"] = sys.modules["__main__"]
            from bundle import check_bundle
            check_bundle(data, args.trust, print)
            return 0
        log = Key(args.log)
        witnesses = [Key(text) for text in args.witness]
        if args.what == "checkpoint":
            check_checkpoint(data, log, witnesses, print)
        else:
            check_proof(
                data, log, witnesses, unbase64(args.header), print)
    except (Wrong, LookupError, ValueError) as error:
        print(f"check: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
