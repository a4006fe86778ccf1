"""What the lint scripts share: the floors, the files, C without comments."""

import os
import re
import sys

FLOORS = ["base", "codec", "keys", "ledger", "domain", "store", "service",
          "sync", "view", "app"]

# In a worktree .git is a file.
SKIPPED = {".git", "build", "node_modules", "__pycache__"}


def files(*tops, ends=("",)):
    """Every file under the given folders whose name has one of the ends."""
    for top in tops:
        if os.path.isfile(top):
            yield top
        for folder, dirs, names in os.walk(top):
            dirs[:] = sorted(d for d in dirs if d not in SKIPPED)
            for name in sorted(names):
                if name.endswith(tuple(ends)) and name not in SKIPPED:
                    yield os.path.normpath(os.path.join(folder, name))


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


TOKEN = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_only(text):
    """C text with comments and literals blanked; line numbers stay."""
    def blank(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token[0] + " " * (len(token) - 2) + token[0]
        return re.sub(r"[^\n]", " ", token)
    return TOKEN.sub(blank, text)


def comments(text):
    """(line, text) of each comment, its leading stars and slashes removed;
    neighbouring // lines count as one comment."""
    found = []
    for match in TOKEN.finditer(text):
        token = match.group(0)
        line = text.count("\n", 0, match.start()) + 1
        if token.startswith("/*"):
            body = "\n".join(re.sub(r"^\s*\*? ?", "", part)
                             for part in token[2:-2].split("\n"))
            found.append([line, line, body])
        elif token.startswith("//"):
            if found and found[-1][1] == line - 1:
                found[-1][1] = line
                found[-1][2] += "\n" + token[2:]
            else:
                found.append([line, line, token[2:]])
    return [(start, body) for start, _, body in found]


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def finish(findings):
    """Print what was found and exit accordingly."""
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
