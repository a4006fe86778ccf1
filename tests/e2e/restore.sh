#!/usr/bin/env bash
# A log key is rotated; a home is restored from an old backup and waits, keeps
# drafts, and goes on in a new log. M225 M226 M230 M232 M234 M237 M240
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
org C 'NHS Sutton CCG' 08T ccg
start A
start B
start C
meet A B
meet A C
meet B C

signing() {
	[ "$(status_of "$1" .signing.state)" = "$2" ]
}

generation() {
	status_of "$1" .log.generation
}

first=$(tell A 'in the first log' --to 08R --to 08T)
has B "$first" || die 'B lacks the first'
has C "$first" || die 'C lacks the first'

# Rotation: by who knows the passphrase.
printf 'wrong\n' >wrong
chmod 600 wrong
fails 1 'wrong passphrase' q A keys rotate log --passphrase-file wrong
before=$(generation A)
check 'the log key is rotated' q A keys rotate log --passphrase-file pf
[ "$(generation A)" != "$before" ] || die 'the generation is the same'
same 'the new log is empty' 0 "$(status_of A .log.size)"
second=$(tell A 'in the second log' --to 08R --to 08T)
check 'B follows into the new log' has B "$second"
check 'C follows into the new log' has C "$second"
same 'nothing of the old log is disowned' 0 "$(status_of B .records.disowned)"

# A backup, and what it will lack: a record, and a whole log.
stop A
cp -a A A.old
start A
third=$(tell A 'not in the backup' --to 08R --to 08T)
has B "$third" || die 'B lacks the third'
has C "$third" || die 'C lacks the third'
check 'rotated once more' q A keys rotate log --compromised \
	--passphrase-file pf
fourth=$(tell A 'in a log the backup does not know' --to 08R)
check 'B has it' has B "$fourth"

# The whole home is put back, on a machine that remembers nothing; C is away.
kill_hard A
rm -rf A
cp -a A.old A
rm -f run/qsg-*.mark
stop C
stop B
printf 'start.wait = 600\n' >A/config
start A
check 'A waits' signing A waiting
draft=$(tell A 'while it waits' --to 08R)
same 'a draft is answered' 'draft 1' "$draft"
same 'and counted' 1 "$(status_of A .signing.drafts)"
same 'both are silent' 2 "$(status_of A '.signing.silent | length')"
start B
check 'B gives the card back' until_true 30 signing A recovering
q A status >status.txt
grep -q 'silent: NHS Sutton CCG' status.txt || die "$(cat status.txt)"
echo 'ok: who is silent is shown'
start C
check 'A goes on once both have answered' until_true 60 signing A signing
same 'in a fourth log' 4 "$(status_of A .signing.generations)"
q A status >status.txt
check 'which people see' grep -q \
	"^ *generation $(generation A), after 3 that ended$" status.txt
no_drafts() {
	[ "$(status_of A .signing.drafts)" = 0 ]
}
check 'the draft is recorded' until_true 30 no_drafts
arrived() {
	q B records --json |
		jq -r '.[].id' | while read -r id; do
		q B record "$id" --json | jq -r '.text // empty'
	done | grep -qx 'while it waits'
}
check 'and reaches B' until_true 30 arrived
stands_by_all() {
	[ "$(status_of B .records.disowned)" = 0 ]
}
check 'A stands by all that B holds' until_true 60 stands_by_all
same 'nobody is branded' 'false' "$(status_of B 'any(.peers[]; .card_conflict)')"
check 'its logs are exported' q A audit export --out a.tar --all
"$QSG" audit check a.tar >logs.txt || die "$(cat logs.txt)"
same 'and told apart' 3 "$(grep -o 'NHS Barnet CCG (generation [0-9a-f]*) signed' logs.txt |
	sort -u | wc -l)"
check 'A verifies' q A verify
check 'B verifies' q B verify

# A person may let it sign at once.
stop A
rm -f run/qsg-*.mark
start A --accept-head
same 'it signs' signing "$(status_of A .signing.state)"
same 'and that is shown' true "$(status_of A .signing.without_waiting)"
fifth=$(tell A 'at once' --to 08R)
check 'B has what came then' has B "$fifth"
echo 'passed'
