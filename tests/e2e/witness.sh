#!/usr/bin/env bash
# Heads are published, cosigned by peers, and shown. M190 M195 M196 M198
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
org C 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
for home in A B C; do
	echo 'witness.interval = 1s' >>"$home/config"
done
echo 'witness.minimum = 2' >>A/config
start A
start B
start C
same 'an empty log has no checkpoint' null \
	"$(q A audit log --json | jq -r .checkpoint)"
meet A B
meet A C
meet B C

# cosigned HOME COUNT: the newest head is published, and has so many.
cosigned() {
	q "$1" status --json | jq -e --argjson n "$2" '.witnesses |
		.published == .head and .head > 0 and .cosigned == $n' >/dev/null
}

first=$(tell A 'for Merton' --to 08R)
has B "$first" || die 'B lacks the first'
check 'both cosign, also C, who reads nothing of it' until_true 30 cosigned A 2
q A status >people
check 'and what is wanted' grep -q '^ *wanted: 2 cosignatures within 1d$' people
same 'status' '2 2 0 null true' "$(status_of A '.witnesses |
	"\(.asked) \(.minimum) \(.unwitnessed) \(.oldest_unwitnessed_at) \(.ok)"')"
q A audit log --json >log.json
size=$(jq .size <log.json)
same 'the checkpoint is of the head' "$(jq -c '[.head.size, .head.root]' <log.json)" \
	"$(jq -c '[.size, .root]' <log.json)"
jq -rj .checkpoint <log.json >note
same 'three lines sign it' 3 "$(grep -c '^— qsg/' note)"
same 'the first is its author' "— $(jq -r .origin <log.json)" \
	"$(grep '^— ' note | head -n 1 | cut -d' ' -f1,2)"
same 'the others are sorted' "$(grep /witness note | LC_ALL=C sort)" \
	"$(grep /witness note)"
same 'it names origin, size and root' "$(jq -r .origin <log.json) $size" \
	"$(head -n 2 note | paste -sd' ')"
mapfile -t keys < <(q A audit witnesses --json |
	jq -r '.asked[] | "--witness", .vkey')
/usr/bin/python3 "$QSG_TOP/tests/c2sp/check.py" checkpoint \
	--log "$(jq -r .vkey <log.json)" "${keys[@]}" note >said ||
	die "by their keys: $(cat said)"
same 'anybody can check them with their keys' 2 \
	"$(grep -c '^cosigned by qsg/.*/witness at ' said)"
same 'a witness knows its key' "$(q C audit witnesses --json | jq -r .vkey)" \
	"$(q A audit witnesses --json | jq -r --arg f "$(fingerprint C)" \
		'.asked[] | select(.fingerprint == $f) | .vkey')"
q A audit log >people
check 'people get the very note' grep -qxFf note people
same 'who cosigned' "2 $size" "$(q A audit witnesses --json | jq -r '
	"\([.asked[] | select(.cosigned)] | length) \(.asked[0].size)"')"
same 'C knows what it cosigned' "07M $size" "$(q C audit witnesses --json |
	jq -r '.cosigned[] | select(.code == "07M") | "\(.code) \(.size)"')"
q C audit witnesses >people
check 'and says so' grep -q '^cosigned .*NHS Barnet CCG (07M)' people

# A witness that is away holds nothing up; the tail shows, until it is back.
stop C
second=$(tell A 'while a witness is away' --to 08R)
check 'B has it at once' has B "$second"
check 'one is missing' until_true 30 cosigned A 1
same 'what two have not seen is counted' 1 "$(status_of A .witnesses.unwitnessed)"
start C
check 'it cosigns when it is back' until_true 30 cosigned A 2
same 'nothing is unwitnessed' 0 "$(status_of A .witnesses.unwitnessed)"

# All of it is on disk, on both sides.
kill_hard A
kill_hard B
start A
start B
check 'cosignatures stay' cosigned A 2
third=$(tell B 'from Merton' --to 07M)
has A "$third" || die 'A lacks the third'
check 'B goes on too' until_true 30 cosigned B 2

# Nobody is asked with 0, and what nobody asks for is not said.
stop A
echo 'witness.ask = 0' >>A/config
start A
check 'A and B meet again' until_true 30 connected A B
fourth=$(tell A 'unwitnessed' --to 08R)
has B "$fourth" || die 'B lacks the fourth'
published() {
	q A status --json | jq -e '.witnesses |
		.published == .head and .asked == 0' >/dev/null
}
check 'published all the same' until_true 30 published
same 'and not cosigned' 0 "$(q A status --json | jq .witnesses.cosigned)"
q A status >people
check 'nor can it be' grep -q '^ *wanted: 2 .*; fewer are asked$' people
same 'nothing was refused anywhere' '0 0 0' "$(for home in A B C; do
	status_of "$home" '[.peers[] | .refused_here + .refused_there] | add'
done | paste -sd' ')"
stop A
sed -i 's/^witness.ask.*/witness.ask = 16/' A/config
fails 1 'witness.ask must be a number from 0 to 15' \
	"$QSG" serve --home A --passphrase-file pf
for home in B C; do
	check "$home verifies" q "$home" verify
done
echo 'passed'
