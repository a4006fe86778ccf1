#!/usr/bin/env bash
# What is said about intelligence and providers, between three organisations:
# an area team, Healthwatch and CQC; then as a group. M357 M358 M359 M361 M362 M363 M364
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS England South London' Q71 nhs-england-area-team
org B 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
org C 'Care Quality Commission' CQC cqc
start A
start B
start C
meet A B
meet A C
meet B C

# say HOME COMMAND...: the id alone.
say() {
	local home=$1
	shift
	q "$home" "$@" 2>say.err | tail -n 1
}

item=$(tell A 'Call bells unanswered at night' --to local:healthwatch/merton \
	--to CQC)
check 'B gets the item' has B "$item"
check 'C gets the item' has C "$item"

#
# Corroboration and feedback.
#
fails 1 'organisation itself' q A corroborate "$item" --text 'we think so too'
fails 1 'no record ffff' q B corroborate ffff --text 'x'
fails 2 'corroborate needs --text' q B corroborate "$item"
fails 1 'an NHS number' q B corroborate "$item" --text 'it was 943 476 5919'
fails 1 'these 2 readers have to be confirmed: use --yes' \
	q B corroborate "$item" --text 'nobody has named them'
check 'they are shown' grep -q 'read by Care Quality Commission' fails.stderr
fails 1 'this reader has to be confirmed: use --yes' \
	q B feedback "$item" --text 'nor this one'
talk() {
	/usr/bin/python3 "$(dirname "$0")/talk.py" "$@" >shown
}
talk 'this one?' n -- "$QSG" --home B feedback "$item" --text 'not yet'
same 'no is no' 1 $?
talk 'this one?' y -- "$QSG" --home B feedback "$item" --text 'We asked them'
same 'a person is asked once' 0 $?
bears=$(say B corroborate "${item:0:12}" --yes \
	--text 'Families told us the same in May' --source patient)
check 'a corroboration prints its id' grep -qxE '[0-9a-f]{64}' <<<"$bears"
check 'A gets the corroboration' has A "$bears"
check 'C, a reader of the item, gets it too' has C "$bears"
same 'the item shows who bears it out' 'Healthwatch Merton true true' \
	"$(q C record "$item" --json | jq -r '.corroborated_by[0] |
		"\(.author) \(.independent) \(.counts)"')"
q A record "$item" >item.txt || die 'record'
check 'people see it too' grep -q 'corroborated by' item.txt
check 'and what it says' grep -q 'Families told us the same' item.txt

told=$(say C feedback "$item" --yes --text 'We looked at it during a visit' \
	--outcome under-way)
check 'A hears what became of it' has A "$told"
same 'in one word' under-way \
	"$(q A record "$item" --json | jq -r '.feedback[].outcome | select(. == "under-way")')"
check 'B was not told' lacks B "$told"
fails 1 'outcome must be one of' q C feedback "$item" --text x --outcome splendid

#
# A request to two; one answers, one refuses.
#
fails 2 'ask needs WHO' q A ask --provider RAL --purpose x
fails 2 'ask needs --purpose' q A ask CQC --provider RAL
fails 1 'cannot ask itself' q A ask Q71 --provider RAL --purpose x
fails 1 'is over' q A ask CQC --provider RAL --purpose x --answer-by 2013-01-31
fails 1 'say what it is about' q A ask CQC --purpose x
asked=$(say A ask CQC local:healthwatch/merton --provider ral \
	--purpose 'to judge whether to visit' --already-held 'complaints to May')
check 'B is asked' has B "$asked"
check 'C is asked' has C "$asked"
state() { # HOME NAME
	q "$1" requests --json | jq -r --arg id "$asked" --arg n "$2" \
		'.[] | select(.id == $id) | .addressees[] |
		select(.name == $n) | .state'
}
same 'nobody has answered' open "$(state A 'Care Quality Commission')"
q A requests >requests.txt || die 'requests'
check 'which people read as no answer yet' grep -q 'no answer yet' requests.txt
check 'and never as nothing held' sh -c '! grep -qi "nothing" requests.txt'
same 'of another who was asked B knows nothing' not-seen \
	"$(state B 'Care Quality Commission')"
same 'B itself has not answered' open "$(state B 'Healthwatch Merton')"
fails 1 'itself made that request' q A answer "$asked" --text x
fails 1 'no information request' q B answer "$item" --text x
fails 2 'give the answer with --text' q B answer "$asked"
fails 2 'stands alone' q B answer "$asked" --text x --refuse y
first=$(say B answer "$asked" --yes --nothing-held)
check 'A gets the answer' has A "$first"
check 'C, who was asked with B, gets it' has C "$first"
same 'B holds nothing, and has said so' nothing-held \
	"$(state A 'Healthwatch Merton')"
own=$(tell B 'what we hold' --to Q71)
second=$(say B answer "$asked" --yes --text 'This one after all' --record "$own")
check 'C, who cannot read it, is named' \
	grep -q 'Care Quality Commission cannot read record' say.err
check 'A gets the second answer' has A "$second"
same 'the later answer counts' answered "$(state A 'Healthwatch Merton')"
same 'the earlier one is still there' 'true false' \
	"$(q A record "$asked" --json | jq -r '[.answers[].superseded] | join(" ")')"
same 'the record cited says so' "$second" \
	"$(q A record "$own" --json | jq -r '.cited_by[0].id')"
no=$(say C answer "$asked" --yes --refuse 'An inspection is under way' --to-asker)
check 'A gets the refusal' has A "$no"
same 'it is refused' refused "$(state A 'Care Quality Commission')"
same 'with the reason' 'An inspection is under way' \
	"$(q A requests --json | jq -r '.[0].addressees[] |
		select(.state == "refused") | .text')"
check 'B does not get it' lacks B "$no"
same 'no request of A is open' 0 "$(q A requests --open --json | jq length)"

#
# Judgements side by side, and findings.
#
fails 1 'view must be one of regular-review' \
	q A judge RAL --view alarming --text x --private
fails 2 'say who may read this' q A judge RAL --view none --text x
say A judge RAL --view regular-review --text 'Watch it' --to CQC >judged.1
newer=$(say A judge RAL --view risk-summit-required --text 'Now worse' --to CQC)
theirs=$(say C judge RAL --view none --text 'We see no breach' --to Q71)
check 'C gets the newer judgement' has C "$newer"
check 'A gets the judgement of C' has A "$theirs"
same 'the older one no longer counts' false \
	"$(q C record "$(cat judged.1)" --json | jq .newest)"
same 'the newer one does' true "$(q C record "$newer" --json | jq .newest)"
same 'so does that of C' true "$(q C record "$theirs" --json | jq .newest)"
fails 1 "CQC's alone" q A finding RAL --what rating --value good \
	--text x --to CQC
fails 1 'rating must be one of outstanding' q C finding RAL --what rating \
	--value splendid --text x --to Q71
fails 1 'still to come' q C finding RAL --what rating --value good --text x \
	--to Q71 --decided-on 2999-01-01
found=$(say C finding RAL --what rating --value requires-improvement \
	--question safe --text 'Staffing at night' --to Q71)
check 'A gets the finding' has A "$found"
same 'which no roster confirms here' unconfirmed \
	"$(q A record "$found" --json | jq -r .standing)"
q A records --provider RAL >records.txt || die 'records'
check 'people see that too' grep -q 'unconfirmed' records.txt
same 'records by type' 1 "$(q A records --type finding --json | jq length)"

#
# As a group.
#
G='South London QSG'
check 'A founds a group' q A group create "$G" --level local \
	--region 'London QSG'
check 'and invites Healthwatch' q A group invite "$G" \
	local:healthwatch/merton --as healthwatch-local
check 'and CQC' q A group invite "$G" CQC --as cqc
invited() { q "$1" group show "$G" --json; }
for home in B C; do
	check "$home hears of it" until_true 30 invited "$home"
	check "$home joins" q "$home" group join "$G"
done
members() { # HOME: how many have joined, as it knows
	[ "$(q "$1" group show "$G" --json | jq .members)" = 3 ]
}
for home in A B C; do
	check "$home knows three members" until_true 30 members "$home"
done
same 'the finding is confirmed by the roster' counts \
	"$(q A record "$found" --json | jq -r .standing)"
fails 1 'have to be confirmed: use --yes' q B ask "$G" --provider RAL \
	--purpose 'before the meeting'
all=$(say B ask "$G" --provider RAL --purpose 'before the meeting' --yes)
check 'A is asked as a member' has A "$all"
check 'C is asked as a member' has C "$all"
given=$(say C answer "$all" --yes --text 'Nothing new since May')
check 'all members read the answer' has A "$given"
mine=$(say B judge RAL --view further-information-required --text 'Ask again' \
	--to "$G" --yes)
check 'all members read a judgement' has C "$mine"
same 'which stands among theirs' counts \
	"$(q C record "$mine" --json | jq -r .standing)"

for home in A B C; do
	check "$home verifies" q "$home" verify
	stop "$home"
done
start A
same 'after a restart all is as before' 'true 1 2 answered' \
	"$(q A record "$item" --json | jq -r '[.corroborated_by[0].counts,
		(.corroborated_by | length), (.feedback | length)] |
		join(" ")') $(state A 'Healthwatch Merton')"
stop A
echo 'passed'
