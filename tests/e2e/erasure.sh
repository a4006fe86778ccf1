#!/usr/bin/env bash
# The end of records: erased by their author, passed over by nobody, held,
# disposed of here alone, and by rule. M441 M443 M446 M447 M449 M451 M455 M457
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
org C 'Care Quality Commission' CQC cqc
start A
start B
start C
meet A B
meet A C
meet B C

within() {
	local seconds=$1 what=$2
	shift 2
	until_true "$seconds" "$@" || die "$what"
	echo "ok: $what"
}
share() {
	q A share --provider RAL --kind soft --source pals --text "$1" \
		--to 08R --to CQC --json | jq -r .record
}
reason_at() {
	q "$1" record "$2" --json | jq -r '.reason // "none"'
}
is_at() {
	[ "$(reason_at "$1" "$2")" = "$3" ]
}
answer_of() {
	q A audit record "$1" --json |
		jq -r --arg who "$2" \
			'[.erasures[].readers[] | select(.code == $who)][0].answer'
}
answered() {
	[ "$(answer_of "$1" "$2")" = "$3" ]
}

text='erase-me-canary-text-of-a-record'
one=$(share "$text")
two=$(share 'this one stays')
three=$(share 'this one is held')
for who in B C; do
	for id in "$one" "$two" "$three"; do
		within 20 "$who has $id" is_at "$who" "$id" none
	done
done

# Nothing without a yes, and what cannot be promised is said.
fails 1 'confirmed: use --yes' q A erase "$one" --reason 'shared by mistake'
check 'a dry run says who is asked' \
	jq -e '.own and (.told | length) == 2 and .erasure == null
		and (.limits | length) > 3' \
	<<<"$(q A erase "$one" --reason 'shared by mistake' --dry-run --json)"
check 'nothing is erased yet' is_at A "$one" none

check 'it is held elsewhere' q B erase hold "$three" \
	--reason 'an inquest needs it' --until 2099-12-31
check 'erased' q A erase "$one" --reason 'shared by mistake' --yes
check 'erased, too' q A erase "$three" --reason 'a wrong provider' --yes
for who in A B C; do
	within 20 "$who erased it" is_at "$who" "$one" erased
	check "$who keeps the other" is_at "$who" "$two" none
done
within 20 'B has answered' answered "$one" 08R 'done'
within 20 'C has answered' answered "$one" CQC 'done'
within 20 'B keeps what it holds' answered "$three" 08R kept
within 20 'C has done it' answered "$three" CQC 'done'
check 'until when is said' jq -e \
	'[.erasures[].readers[] | select(.code == "08R")][0]
		| .until == "2099-12-31" and .reason == "an inquest needs it"' \
	<<<"$(q A audit record "$three" --json)"
check 'people see it' grep -q 'an inquest needs it' \
	<(q A audit record "$three")
check 'B has its text' is_at B "$three" none
check 'B lists it as held' grep -q "^${three:0:16} held until 2099-12-31: an inquest" \
	<(q B erase list)
check 'A lists who keeps it' jq -e \
	".erasures[] | select(.record == \"$three\").erasure.readers[] | select(.code == \"08R\").answer == \"kept\"" \
	<<<"$(q A erase list --json)"
check 'the hold ends' q B erase release-hold "$three"
within 20 'B erased it' is_at B "$three" erased
within 20 'B says so' answered "$three" 08R 'done'
check 'nothing is held any more' grep -q '^nothing is held$' <(q B erase list)

# What is another organisation's goes here alone.
check 'C disposes of it' q C erase "$two" --reason 'not needed' --yes
check 'gone at C' is_at C "$two" erased
check 'not at A' is_at A "$two" none
check 'not at B' is_at B "$two" none
fails 1 'erased already' q C erase "$two" --reason again --yes
fails 1 'others rest on it' q A erase \
	"$(q A audit record "$one" --json | jq -r '.erasures[0].record')" \
	--reason why --yes

# What was held in grants alone is remembered, too. M458
four=$(q A share --provider RAL --kind soft --source complaint \
	--text 'granted, then erased' --to 08R --json | jq -r .record)
check 'granted to C' q A grant "$four" --to CQC --reason 'it asked' --yes
within 20 'C reads it' is_at C "$four" none
check 'erased' q A erase "$four" --reason 'it was not true' --yes
within 20 'C erased it' is_at C "$four" erased
remembers() {
	q C "$@" --json | jq -e --arg id "$four" '.id == $id and .author_code == "07M" and
		.granted_by.organisation.code == "07M" and .text == null and
		.erasures[0].counts and .erased.at != null'
}
check 'C remembers whose it was' remembers record "$four"
check 'by how its id begins, and in the audit' remembers audit record "${four:0:12}"
check 'for people' grep -q 'what the grant carried is erased' <(q C record "$four")
check 'with its life' grep -q 'erasure' <(q C audit record "$four")

fails 1 'erased already' q A erase "$four" --reason again --yes
fails 1 'no record ffff' q A erase ffff --reason x --yes
fails 1 'it is erased here' q A grant "$four" --to CQC --reason x
fails 1 'it is erased here' q B grant "$four" --to CQC --reason x
fails 1 'nothing left to correct' q A correct "$four" --text again
fails 1 'nothing left to correct' q A retract "$four" --reason again
fails 1 'cannot be read here' q B feedback "$four" --text again --yes

# By rule.
printf '[rule]\nauthor = others\nverdict = keep\n[rule]\nsource = pals\nverdict = erase\n' >bad
fails 1 'line 4: the rule does not say after how many days' \
	q A retention set bad
printf '[rule]\nauthor = others\nverdict = keep\n[rule]\nsource = pals\nverdict = erase\nafter = 0\n' >rules
check 'no rules are set' grep -q 'no retention rules' <(q A retention show)
check 'rules are set' q A retention set rules
check 'a dry run shows the table' jq -e \
	'.dry_run and .erased == 1 and .rows[0].line == 4
		and .rows[0].verdict == "would-be-erased"' \
	<<<"$(q A retention run --dry-run --json)"
check 'nothing is gone' is_at A "$two" none
fails 1 'use --dry-run' q A retention run
check 'they are applied' q A retention run --yes
for who in A B C; do
	within 20 "$who erased that" is_at "$who" "$two" erased
done

# A bundle says so, to whoever asks.
check 'a bundle of it' q A audit export --record "$one" --record "$two" --open --out b.tar
check 'the checker tells it' jq -e \
	'.totals.no_body == 2 and .totals.erased == 2 and .faults == []' \
	<<<"$(q A audit check b.tar --json)"
check 'C disposed of one' q C audit export --record "$two" --out c.tar
check 'that is said, too' jq -e '.totals.no_body == 1' \
	<<<"$(q C audit check c.tar --json)"

# What corrects it says the same, and is named.
four=$(share "$text, once more")
within 20 'B has it' is_at B "$four" none
five=$(q A correct "$four" --caveat 'not certain' --json | jq -r .record)
within 20 'B has its correction' is_at B "$five" none
check 'its other version is named' grep -q "NOT erased: .*${five:0:16}" \
	<(q A erase "$four" --reason 'wrong person' --dry-run)
check 'both go' q A erase "$four" --all-versions --reason 'wrong person' --yes
for who in A B C; do
	within 20 "$who erased it" is_at "$who" "$four" erased
	within 20 "$who erased its correction" is_at "$who" "$five" erased
done

# All of it is sound, before and after a restart, and no file has the text.
for who in A B C; do
	check "$who verifies" q "$who" verify
	stop "$who"
	start "$who"
	check "$who verifies again" q "$who" verify
	check "$who still knows" is_at "$who" "$one" erased
done
stop A
stop B
stop C
