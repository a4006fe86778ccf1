#!/usr/bin/env bash
# What was shared is put right, and taken back, between three organisations: a
# CCG, Healthwatch and CQC. M470 M471 M472 M473 M474 M476 M477 M478
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Merton CCG' 08R ccg
org B 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
org C 'Care Quality Commission' CQC cqc
start A
start B
start C
meet A B
meet A C
meet B C

# last HOME COMMAND...: the id alone.
last() {
	local home=$1
	shift
	q "$home" "$@" 2>last.err | tail -n 1
}
# concerns HOME: how many count.
concerns() {
	q "$1" provider show RAL --json | jq .counts.concerns
}

item=$(tell A 'Call bells unanswered on ward 6' --to local:healthwatch/merton \
	--to CQC --stance concern --dimension safety --ward 'Ward 6' \
	--foi-note 's.41: told in confidence')
check 'B gets the item' has B "$item"
check 'C gets the item' has C "$item"
same 'a concern' 1 "$(concerns B)"
check 'the note is shown' sh -c \
	"'$QSG' --home B record '$item' | grep -q 'FOI advice  *s.41: told in confidence'"
bears=$(last B corroborate "$item" --yes --text 'Families said so too')
check 'A gets the corroboration' has A "$bears"

#
# What cannot be corrected.
#
fails 1 'another organisation' q B correct "$item" --text x
fails 1 'another organisation' q B retract "$item" --reason x
fails 1 'changes nothing' q A correct "$item"
fails 1 'changes nothing' q A correct "$item" --ward 'Ward 6'
fails 1 'the fields are text, provider' q A correct "$item" --clear colour
fails 2 'exclude each other' q A correct "$item" --ward x --clear ward
fails 1 'no record ffff' q A correct ffff --text x
fails 1 'an NHS number' q A correct "$item" --text 'it was 943 476 5919'
fails 2 'correct has no option --to' q A correct "$item" --to CQC --text x
fails 2 'retract needs --reason' q A retract "$item"

#
# A correction: fields that are not given stay as they were.
#
q A correct "$item" --ward 'Ward 7' --dry-run >dry.txt || die 'dry run'
check 'who would read it is shown' grep -q 'Healthwatch Merton' dry.txt
better=$(last A correct "$item" --text 'Call bells unanswered on ward 7' \
	--clear ward --observed 2013-01-31)
check 'a correction prints its id' grep -qxE '[0-9a-f]{64}' <<<"$better"
check 'B gets it' has B "$better"
check 'C gets it' has C "$better"
same 'fields stay as they were' \
	'concern complaint null 2013-01-31 s.41: told in confidence' \
	"$(q B record "$better" --json | jq -r '"\(.stance) \(.source) \(.ward) \(.observed_on) \(.handling.foi_note)"')"
same 'one concern still' 1 "$(concerns B)"
same 'and it is borne out' 'Healthwatch Merton' \
	"$(q C record "$item" --json | jq -r '.corroborated_by[0].author')"
q B record "$item" >item.txt || die 'record'
check 'what is in force comes first' sh -c \
	"sed -n 2p item.txt | grep -q CORRECTED && grep -q 'in force is record' item.txt"
check 'with its text' sh -c "sed -n 4p item.txt | grep -q 'on ward 7'"
same 'every step is there' 'shared corrected' \
	"$(q B record "$better" --history --json | jq -r '[.history[].step] | join(" ")')"
q C record "$item" --history >steps.txt || die 'history'
check 'for people, too' grep -q 'Call bells unanswered on ward 6' steps.txt

# Somebody else here had the same thought.
fails 1 "by record $better" q A correct "$item" --text 'as I would have it'
fails 1 "by record $better" q A retract "$item" --reason 'as I would have it'

#
# One who is refused is left out, and named.
#
q A peer refuse CQC --reason 'a test' >/dev/null || die 'refuse'
q A correct "$better" --text 'Call bells unanswered on ward 8' >left.txt ||
	die 'correct without C'
third=$(tail -n 1 left.txt)
check 'who is left out is named' \
	grep -q 'left out: Care Quality Commission (CQC), refused' left.txt
check 'B gets it' has B "$third"
q A peer admit CQC >/dev/null || die 'admit'

#
# The policy.
#
cat >policy <<'INI'
[rule]
type = retraction
verdict = four eyes

[rule]
source = complaint
verdict = never
INI
q A policy set policy >/dev/null || die 'policy'
fails 1 'the policy says never, in line 5' q A correct "$third" --source patient
fails 1 '--asked-by' q A retract "$third" --reason x
printf '[rule]\ntype = retraction\nverdict = four eyes\n' >policy
q A policy set policy >/dev/null || die 'policy'
wait=$(last A retract "$third" --reason 'It was another hospital' \
	--asked-by 'Director of Quality')
same 'it waits for a second person' 'release 1' "$wait"
same 'and still counts' 1 "$(concerns A)"
q A release approve 1 --person 'Director of Nursing' >approved.txt || die 'approve'

#
# Retracted: everybody it ever reached hears of it, and it counts no more.
#
retraction=$(q A record "$third" --json | jq -r .retracted.record)
check 'B hears of it' has B "$retraction"
check 'C, which was left out before, too' has C "$retraction"
for home in A B C; do
	same "no concern at $home" 0 "$(concerns "$home")"
done
q B record "$item" >item.txt || die 'record'
check 'retracted comes first' sh -c \
	"sed -n 2p item.txt | grep -q 'RETRACTED by its author.*It was another hospital'"
q B records >records.txt || die 'records'
check 'in lists too' grep -q 'RETRACTED' records.txt
same 'every step is there' 'shared corrected corrected retracted' \
	"$(q B record "$item" --history --json | jq -r '[.history[].step] | join(" ")')"
same 'as retracted in the picture' retracted \
	"$(q B provider show RAL --json | jq -r --arg id "$third" \
		'[.. | objects | select(.id? == $id and .standing?) | .standing][0]')"
fails 1 'it stays so' q A correct "$third" --text 'after all'
fails 1 'it stays so' q A retract "$third" --reason 'again'
fails 1 'cannot be retracted' q A retract "$retraction" --reason 'no, after all'

# All of that is still so after a crash, at each of them.
for home in A B C; do
	kill_hard "$home"
	start "$home"
	same "still retracted at $home" "$retraction" \
		"$(q "$home" record "$item" --json | jq -r .retracted.record)"
	check "$home verifies" q "$home" verify
done

#
# What was said, and asked.
#
asked=$(last A ask CQC --provider RAL --purpose 'to judge' --yes)
check 'C is asked' has C "$asked"
same 'it waits for an answer' true \
	"$(q C requests --json | jq -r --arg id "$asked" '.[] | select(.id == $id) | .open')"
printf '[rule]\ntype = indicator\nverdict = share\n' >policy
q A policy set policy >/dev/null || die 'no policy'
no=$(last A retract "$asked" --reason 'no longer needed')
check 'C hears of it' has C "$no"
same 'nobody is waited for' 'false true' \
	"$(q C requests --json | jq -r --arg id "$asked" '.[] | select(.id == $id) | "\(.open) \(.retracted)"')"
echo 'passed'
