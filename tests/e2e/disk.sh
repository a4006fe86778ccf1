#!/usr/bin/env bash
# A full disk: told, nothing lost, and on it goes once there is room. Files that
# may not grow are refused as on a full disk, and need no rights to arrange.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

trap '' XFSZ
org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
start A
start B
meet A B
full() { prlimit --pid "${pids[$1]}" --fsize=1:unlimited; }
free() { prlimit --pid "${pids[$1]}" --fsize=unlimited:unlimited; }
full_at() { status_of "$1" '.disk_full_at != null'; }

before=$(tell A 'before' --to 08R)
check 'it comes' has B "$before"
same 'there is room' false "$(full_at A)"

# The author's.
full A
fails 1 'the disk is full, and nothing of this was kept' q A share --private \
	--provider RAL --source visit --kind soft --text 'lost'
same 'status says so' true "$(full_at A)"
q A status >status.out
check 'to people, too' grep -q '^disk          full at ' status.out
check 'what is held can be read' has A "$before"
free A
after=$(tell A 'after' --to 08R)
check 'on it goes' has B "$after"
same 'and says so' false "$(full_at A)"
same 'what was refused is not there' 2 \
	"$(q A records --json | jq length)"

# The reader's.
full B
later=$(tell A 'later' --to 08R)
noticed() { [ "$(full_at B)" = true ]; }
check 'a reader notices' until_true 30 noticed
check 'and holds nothing of it' lacks B "$later"
free B
check 'it takes it once there is room' until_true 60 has B "$later"
for home in A B; do
	check "$home verifies" q "$home" verify
	stop "$home"
done

# Before the start. Not into a file: those may not grow.
starts_full() {
	(
		ulimit -S -f 0
		exec "$QSG" serve --home A --passphrase-file pf 2>&1 >/dev/null
	) | cat >&2
	return "${PIPESTATUS[0]}"
}
fails 1 'A: no space left on the disk: free some and start again' starts_full
start A
check 'with room it does' has A "$after"
stop A
echo 'passed'
