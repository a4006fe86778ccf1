#!/usr/bin/python3
"""Makes a bad bundle out of a good one.

    tamper.py GOOD BAD change NAME [--recompute]
    tamper.py GOOD BAD remove NAME [--recompute]
    tamper.py GOOD BAD remove-record ID [--recompute]
    tamper.py GOOD BAD add NAME [--recompute] [--bare]
    tamper.py GOOD BAD double NAME | link NAME | bomb NAME | swap | cut | tail

--recompute writes the manifests again, as somebody would who wants the change
not to be seen. --bare leaves `bundle/` away.
"""
import argparse
import hashlib
import sys

TOP = "bundle/"
TAGS = ["bagit.txt", "bag-info.txt", "manifest-sha512.txt", "seal/"]


def header(name, size, kind=b"0"):
    prefix, rest = "", name
    if len(name) > 100:
        at = next(i for i, c in enumerate(name)
                  if c == "/" and len(name) - i - 1 <= 100)
        prefix, rest = name[:at], name[at + 1:]
    head = (rest.encode().ljust(100, b"\0") + b"0000644\0" +
            b"0000000\0" * 2 + b"%011o\0" % size + b"00000000000\0" +
            b" " * 8 + kind + bytes(100) + b"ustar\x0000" + bytes(64) +
            b"0000000\0" * 2 + prefix.encode().ljust(155, b"\0") + bytes(12))
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def read(data):
    files, at = [], 0
    while data[at] != 0:
        name = data[at:at + 100].rstrip(b"\0")
        if data[at + 345] != 0:
            name = data[at + 345:at + 500].rstrip(b"\0") + b"/" + name
        size = int(data[at + 124:at + 135], 8)
        files.append([name.decode(), data[at + 512:at + 512 + size]])
        at += 512 + (size + 511) // 512 * 512
    return files


def write(files):
    out = b""
    for name, content in files:
        out += header(name, len(content)) + content + bytes(-len(content) % 512)
    return out + bytes(1024)


def lines(files):
    return "".join(f"{hashlib.sha512(content).hexdigest()}  {name[len(TOP):]}\n"
                   for name, content in files).encode()


def recompute(files, but):
    """The manifests and the sum, but for what was changed itself."""
    by_name = {name: item for item in files for name in [item[0]]}

    def put(name, content):
        if TOP + name in by_name and TOP + name != but:
            by_name[TOP + name][1] = content
    payload = [f for f in files if f[0].startswith(TOP + "data/")]
    put("bag-info.txt", b"QSG-Bundle: 1\nPayload-Oxum: %d.%d\n" % (
        sum(len(content) for _, content in payload), len(payload)))
    put("manifest-sha512.txt", lines(payload))
    tags = [f for f in files if f[0].startswith(tuple(TOP + t for t in TAGS))]
    put("tagmanifest-sha512.txt", lines(tags))


def change(content):
    """Another bit in the middle: of a text, one that leaves it a text."""
    at = len(content) // 2
    while len(content) > 8 and content[at:at + 1] in b"\n\xe2\x80\x94":
        at += 1
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1:]


def spoil(args, files):
    name = args.name if args.bare else TOP + args.name
    at = next((i for i, f in enumerate(files) if f[0] == name), None)
    if args.how == "change":
        files[at][1] = change(files[at][1])
    elif args.how == "remove":
        del files[at]
    elif args.how == "remove-record":
        files[:] = [f for f in files if f"/{args.name}/" not in f[0]]
        for item in files:
            if item[0].startswith(TOP + "data/index."):
                item[1] = b"".join(
                    line for line in item[1].splitlines(keepends=True)
                    if args.name.encode() not in line)
    elif args.how == "add":
        if "/evidence/" in name:
            files.insert(next(i for i, f in enumerate(files) if
                              f[0] == TOP + "data/index.csv"),
                         [name, b"something else\n"])
            return name
        last = max(i for i, f in enumerate(files) if f[0] < name) \
            if name > files[0][0] else -1
        files.insert(last + 1, [name, b"something else\n"])
    elif args.how == "double":
        files.insert(at, list(files[at]))
    elif args.how == "swap":
        files[0], files[1] = files[1], files[0]
    return TOP + args.name


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("good")
    parser.add_argument("bad")
    parser.add_argument("how")
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--bare", action="store_true")
    args = parser.parse_args()
    with open(args.good, "rb") as file:
        files = read(file.read())
    but = spoil(args, files)
    if args.recompute:
        recompute(files, but)
    data = write(files)
    if args.how == "link":
        block = header(TOP + args.name, 0, b"2")
        block = block[:157] + b"/etc/passwd".ljust(100, b"\0") + block[257:]
        block = block[:148] + b" " * 8 + block[156:]
        data = block[:148] + b"%06o\0 " % sum(block) + block[156:] + data
    elif args.how == "bomb":
        at = data.index((TOP + args.name).encode())
        huge = header(TOP + args.name, (1 << 33) - 1)
        data = data[:at] + huge + data[at + 512:]
    elif args.how == "cut":
        data = data[:-512]
    elif args.how == "tail":
        data += bytes(512)
    with open(args.bad, "wb") as file:
        file.write(data)


if __name__ == "__main__":
    sys.exit(main())
