#!/usr/bin/env bash
# A marked text is shared, granted, granted on by whom it was granted to, and
# corrected; then its author erases both. No file under any home holds the mark,
# nor the bodies and keys it was sealed in, and a copy of a home that opens with
# the passphrase has nothing to open. M446 M447 M448 M449
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

homes=(A B C D)
org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
org C 'Care Quality Commission' CQC cqc
org D 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
for home in "${homes[@]}"; do
	start "$home"
done
meet A B
meet A C
meet A D
meet B C
meet C D
mark=CANARY${RANDOM}x$RANDOM

# say HOME COMMAND...: the last line, an id.
say() {
	local home=$1
	shift
	q "$home" "$@" 2>say.err | tail -n 1
}
# may HOME TO: it asks the author for leave, and has it.
may() {
	local asked
	asked=$(say "$1" onward ask "$item" --to "$2" --reason 'they inspect')
	check "A is asked by $1" has A "$asked"
	asked=$(say A onward answer "$asked" allow)
	check "and allows it" has "$1" "$asked"
}

item=$(tell A "$mark-text" --to 08R --onward ask --theme "$mark-theme")
check 'B reads it' has B "$item"
may B CQC
first=$(say B grant "$item" --to CQC --reason 'they inspect there')
check 'C has the grant' has C "$first"
may C local:healthwatch/merton
second=$(say C grant "$item" --to local:healthwatch/merton \
	--reason 'families ask them')
check 'D has the grant of a grant' has D "$second"
check 'A hears of it' has A "$second"
fixed=$(say A correct "$item" --text "$mark-corrected")
for home in B C D; do
	check "the correction reaches $home" has "$home" "$fixed"
done

# reads HOME ID: shows the mark.
reads() {
	q "$1" record "$2" --json >reads.json 2>/dev/null &&
		grep -qF "$mark" reads.json
}
for home in "${homes[@]}"; do
	check "$home reads the mark" reads "$home" "$item"
	check "$home reads its correction" reads "$home" "$fixed"
done

# What is to be gone: bodies and wrapped keys, as a copy from before has them.
for home in "${homes[@]}"; do
	stop "$home"
	cp -a "$home" "$home.before"
	start "$home"
done
# rows HOME LIST|GONE: of the records with the mark in it, the sealed bytes in
# hexadecimal, one a line; or how many still have any.
rows() {
	/usr/bin/python3 - "$@" "$item" "$fixed" "$first" "$second" <<'PY'
import hashlib
import sqlite3
import sys

home, what, *ids = sys.argv[1:]
db = sqlite3.connect(f"file:{home}/records.db?mode=ro", uri=True)
for header, wrapped, body in db.execute(
        "SELECT header, wrapped, body FROM record"):
    if hashlib.sha256(b"\0" + header).hexdigest() not in ids:
        continue
    if what == "GONE":
        print("row" + (" with a body" if body else "")
              + (" with a key" if wrapped else ""))
    else:
        for blob in filter(None, (wrapped, body)):
            print(blob.hex())
PY
}
for home in "${homes[@]}"; do
	rows "$home.before" LIST
done | sort -u >sealed
# A: item, correction, two grants; B: the same but C's grant; C: all but the
# item itself; D: correction and one grant. A body and a key each, where bodies
# are the same at all.
check 'there are sealed bytes to look for' [ "$(wc -l <sealed)" -ge 8 ]

# search HOME...: none of it is in any file: the mark as it is, in base64 at
# each of three places and in hexadecimal; of what is sealed each stretch of 24
# bytes, every 64 bytes, likewise.
search() {
	/usr/bin/python3 - "$mark" "$@" <<'PY'
import base64
import os
import sys

mark, *homes = sys.argv[1:]
sought = [mark.encode()]
for line in open("sealed"):
    blob = bytes.fromhex(line)
    sought += [blob[at:at + 24] for at in range(0, len(blob) - 23, 64)]
forms = set()
for words in sought:
    forms |= {words, words.hex().encode(), words.hex().upper().encode()}
    for lead in range(3):
        # The characters that no byte beside them has a part in.
        text = base64.b64encode(bytes(lead) + words)
        begin, end = -(-lead * 8 // 6), (lead + len(words)) * 8 // 6
        forms |= {text[begin:end],
                  text[begin:end].replace(b"+", b"-").replace(b"/", b"_")}
found = 0
for home in homes:
    for folder, _, names in os.walk(home):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isfile(path):
                continue  # a socket
            held = open(path, "rb").read()
            hits = sum(form in held for form in forms)
            if hits:
                print(f"{path}: {hits} of {len(forms)}", file=sys.stderr)
                found += 1
sys.exit(found > 0)
PY
}
finds() {
	! search "$@" 2>finds.err
}
for home in "${homes[@]}"; do
	check "a copy of $home from before is found out" finds "$home.before"
done

check 'erased' q A erase "$item" --reason 'it names a patient' --yes
check 'and its correction' q A erase "$fixed" --reason 'the same' --yes
all_done() {
	q A audit record "$1" --json | jq -e --argjson n "$2" '
		[.erasures[] | select(.passed_on | not) | .readers[] | .answer] |
		length == $n and all(.[]; . == "done")' >/dev/null
}
for id in "$item" "$fixed"; do
	until_true 30 all_done "$id" 3 ||
		die "not all answer: $(q A audit record "$id")"
	echo 'ok: B, C and D say that it is done'
done

# gone HOME ID: it says so, whether a record of it is held or none.
gone() {
	q "$1" record "$2" --json >gone.json 2>gone.err
	case $? in
	0) jq -e '.reason == "erased" and .text == null' gone.json >/dev/null ;;
	1) grep -qF 'was erased here on' gone.err ;;
	*) false ;;
	esac && ! grep -qF "$mark" gone.json
}
# nothing HOME: no body, no key; of as many rows as before.
nothing() {
	rows "$1" GONE >rows.now
	[ -s rows.now ] && [ "$(sort -u rows.now)" = row ] &&
		[ "$(rows "$1.before" GONE | wc -l)" -eq "$(wc -l <rows.now)" ]
}
for home in "${homes[@]}"; do
	for id in "$item" "$fixed" "$first" "$second"; do
		[ "$id" = "$first" ] && [ "$home" = D ] && continue
		[ "$id" = "$second" ] && [ "$home" = B ] && continue
		check "$home says that it is erased" gone "$home" "$id"
	done
	check "$home verifies" q "$home" verify
done
for home in "${homes[@]}"; do
	stop "$home"
	check "$home keeps rows without body and key" nothing "$home"
	check "$home verifies at rest" q "$home" verify --passphrase-file pf
done
for home in "${homes[@]}"; do
	start "$home"
done
for home in "${homes[@]}"; do
	check "$home says so after a restart" gone "$home" "$item"
	check "$home says so of the correction" gone "$home" "$fixed"
	stop "$home"
done
check 'no file of any holds mark, bodies or keys' search "${homes[@]}"

# Whoever has a copy and the passphrase opens what the copy has: all of it, if
# it is from before, and nothing of it, if it is not. Nobody else runs by now.
for home in "${homes[@]}"; do
	mv "$home" "$home.after"
	cp -a "$home.after" "$home"
	rm -f "$home/mark" "$home/snapshot" run/*
	start "$home"
	check "a copy of $home has nothing to open" gone "$home" "$item"
	check "nor of the correction" gone "$home" "$fixed"
	q "$home" records --json >records.json || die 'records'
	check 'nor in any record' sh -c "! grep -qF '$mark' records.json"
	kill_hard "$home"
	rm -rf "$home"
done
cp -a D.before D
rm -f D/mark run/*
start D
check 'a copy from before is opened' reads D "$item"
kill_hard D
echo 'passed'
