#!/usr/bin/python3
"""talk.py EXPECT ANSWER ... -- COMMAND...: run it on a terminal; each time the
expected words come, type the answer. All it shows goes to standard output.
Exits 98 if it leaves the terminal without echo."""
import os
import pty
import select
import sys
import termios
import time

split = sys.argv.index("--")
script = sys.argv[1:split]
steps = list(zip(script[::2], script[1::2]))
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[split + 1], sys.argv[split + 1:])
shown = b""
seen = 0
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    if select.select([fd], [], [], 0.1)[0]:
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
    if steps and steps[0][0].encode() in shown[seen:]:
        seen = len(shown)
        os.write(fd, steps.pop(0)[1].encode() + b"\n")
else:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
if not termios.tcgetattr(fd)[3] & termios.ECHO:
    sys.exit(98)
sys.exit(os.waitstatus_to_exitcode(status) if not steps else 99)
