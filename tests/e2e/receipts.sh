#!/usr/bin/env bash
# Who signed for what: receipts between real nodes, as `audit` shows them.
# M206 M209
# shellcheck shell=bash source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
org C 'NHS Sutton CCG' 99K ccg
for home in A B C; do
	echo 'receipts.interval = 1' >"$home/config"
done
start A
start B
start C
meet A B
meet A C

# shared [ARGUMENT...]: A's list
shared() {
	q A audit shared --json "$@"
}
# signed RECORD READER: it is signed for
signed() {
	shared | jq -e --arg r "$1" --arg n "$2" 'any(.[]; .record == $r and
		.reader_name == $n and .receipt != null)' >/dev/null
}
# sent RECORD READER: it went out
sent() {
	shared | jq -e --arg r "$1" --arg n "$2" 'any(.[]; .record == $r and
		.reader_name == $n and .sent_at != null)' >/dev/null
}

same 'nothing is shared yet' '[]' "$(shared)"
first=$(tell A 'for one' --to 08R)
check 'it is written down that it was sent' \
	until_true 20 sent "$first" 'NHS Merton CCG'
check 'its reader signs for it' until_true 20 signed "$first" 'NHS Merton CCG'
receipt=$(shared | jq -r '.[0].receipt')
check 'the receipt is a record here' has A "$receipt"
same 'of B' 'receipt NHS Merton CCG' "$(q A record "$receipt" --json |
	jq -r '"\(.type) \(.author)"')"
check 'and there' has B "$receipt"

# One reader is away.
stop C
second=$(tell A 'for both' --to 08R --to 99K)
check 'one of two signs' until_true 20 signed "$second" 'NHS Merton CCG'
same 'the other has not' 'null null' "$(shared --with 99K |
	jq -r '.[0] | "\(.sent_at) \(.receipt)"')"
same 'and status counts it' '0 1' "$(status_of A \
	'[.peers[] | .unsigned_for] | "\(.[0]) \(.[1])"')"
q A audit shared >table || die 'no table'
same 'a line for each reader' 3 "$(wc -l <table)"
grep -q 'to NHS Sutton CCG, sent not yet, signed for not yet$' table ||
	die "no such line: $(cat table)"
start C
check 'it signs once it is there' until_true 40 signed "$second" 'NHS Sutton CCG'
same 'nothing is open' 0 "$(status_of A '[.peers[].unsigned_for] | add')"

# Filters.
same 'by reader' 1 "$(shared --with 'NHS Sutton CCG' | jq length)"
same 'by provider' 0 "$(shared --provider RQM | jq length)"
same 'by date' 0 "$(shared --since 2999-01-01 | jq length)"
fails 1 "no organisation 'nobody'" q A audit shared --with nobody

# Its whole life, at both ends.
q A audit record "$second" --json >life || die 'no life'
same 'at its author' 'made sealed sent sent signed-for signed-for' "$(
	jq -r '.events | map(.event) | sort_by({made: 1, sealed: 2, sent: 3,
		"signed-for": 4}[.]) | join(" ")' life)"
same 'in order of time' true "$(jq '[.events[].at] | . == sort' life)"
same 'two readers' 2 "$(jq '.readers | length' life)"
same 'at a reader' true "$(q B audit record "$second" --json |
	jq '.receipt != null and .receipted_at != null')"
check 'for people' q A audit record "$second"

# What was signed for outlives a crash.
kill_hard A
start A
check 'after a crash' signed "$first" 'NHS Merton CCG'
for home in A B C; do
	check "$home verifies" q "$home" verify
done
echo 'passed'
