#!/usr/bin/env bash
# A record's portable signature, checked by a program that knows only the public
# specifications. M73 M74 M75
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
start A
start B
meet A B
c2sp() {
	/usr/bin/python3 "$QSG_TOP/tests/c2sp/check.py" "$@"
}
key() {
	q "$1" audit proof "$2" --json | jq -r .vkey
}
header() {
	q "$1" audit proof "$2" --json | jq -r .header
}

for i in 1 2 3 4 5; do
	id=$(tell A "text $i" --to 08R)
	check "number $i has a proof" sh -c \
		"'$QSG' --home A audit proof $id >$i.tlog-proof"
	check '... that the specifications accept' c2sp proof \
		--log "$(key A "$id")" --header "$(header A "$id")" \
		"$i.tlog-proof"
done
until_true 20 has B "$id" || die 'the record does not arrive'
q B audit proof "${id:0:12}" >there.tlog-proof
check 'its reader proves it too' c2sp proof --log "$(key B "$id")" \
	--header "$(header A "$id")" there.tlog-proof
same 'under the same key' "$(key A "$id")" "$(key B "$id")"
LC_ALL=C q A audit proof "$id" >plain.tlog-proof
check 'also in a plain locale' cmp plain.tlog-proof 5.tlog-proof

not_accepted() {
	! c2sp proof --log "$(key A "$id")" --header "$(header A "$id")" "$1" \
		2>/dev/null
}
sed 's/^index .*/index 1/' 5.tlog-proof >other
check 'another index is not accepted' not_accepted other
sed '3d' 5.tlog-proof >other
check 'nor a missing hash' not_accepted other
q A audit proof "$id" --json | jq -r .header | head -c 40 >other
check 'nor another header' sh -c "! /usr/bin/python3 \
	'$QSG_TOP/tests/c2sp/check.py' proof --log '$(key A "$id")' \
	--header '$(head -c 40 other)' 5.tlog-proof 2>/dev/null"
fails 1 'no record' q A audit proof "$(printf '0%.0s' {1..64})"
fails 2 'ID' q A audit proof
