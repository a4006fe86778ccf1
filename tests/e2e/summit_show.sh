#!/usr/bin/env bash
# What is shown of a risk summit between real nodes: who was not reached, has
# not answered, or holds nothing; and that doing what each is told to do next
# brings a summit from its trigger to standing down.
# M606 M677 M678 M679
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

G='South London QSG'
org area 'NHS England South London' Q71 nhs-england-area-team
org ccg 'NHS Merton CCG' 08R ccg
org cqc 'Care Quality Commission' CQC cqc
org watch 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
all=(area ccg cqc watch)
for home in "${all[@]}"; do
	printf 'receipts.interval = 1\n' >>"$home/config"
	start "$home"
	q "$home" card >"$home.card"
done
check 'a group is founded' q area group create "$G" --level local \
	--region 'London QSG' --person 'Area Director'
joins() {
	q area group invite "$G" "$1.card" --as "$2" \
		--fingerprint "$(fingerprint "$1")" >/dev/null || die "invite $1"
	knows "$1" area
	until_true 30 q "$1" group show "$G" || die "no invitation reaches $1"
	q "$1" group join "$G" --yes >/dev/null || die "$1 cannot join"
}
joins ccg ccg
joins cqc cqc
joins watch healthwatch-local
members() {
	[ "$(q "$1" group show "$G" --json | jq -r .members)" = 4 ]
}
for home in "${all[@]}"; do
	until_true 30 members "$home" || die "$home does not see four members"
done
until_true 30 connected ccg cqc || die 'ccg and cqc do not meet'
until_true 30 connected ccg watch || die 'ccg and watch do not meet'

#
# Nothing, and what is no summit.
#
same 'there are none' '[]' "$(q ccg summit list --json)"
fails 1 'no record' q ccg summit show ffff
fails 2 'needs SUMMIT' q ccg summit show
item=$(tell ccg 'The rota was altered' --to CQC)
fails 1 'triggers no risk summit' q ccg summit show "$item"
fails 1 'triggers no risk summit' q ccg summit timeline "$item"

#
# Who was reached.
#
stop watch
summit=$(q ccg summit trigger --provider RAL --concern 'Deaths at night' \
	--urgency 24h --group "$G" --yes 2>trigger.err | tail -n 1)
check 'the area team gets it' has area "$summit"
check 'CQC gets it' has cqc "$summit"
# answers HOME CODE: what is shown of that one's answer.
answers() {
	q "$1" summit show "$summit" --json |
		jq -r --arg code "$2" '.sides[] | select(.code == $code) | .answer'
}
is_shown() {
	[ "$(answers "$1" "$2")" = "$3" ]
}
W=local:healthwatch/merton
check 'CQC signs for it' until_true 30 is_shown ccg CQC no-answer-yet
same 'who is off is not reached' not-reached "$(answers ccg "$W")"
q ccg summit show "$summit" >shown.txt || die 'show'
check 'people read so' grep -q 'Healthwatch Merton.*: NOT REACHED' shown.txt
check 'and of CQC that it was reached' \
	grep -q 'Care Quality Commission (CQC): no answer yet, reached' shown.txt
check 'nobody is said to hold nothing' sh -c '! grep -q "holds nothing" shown.txt'
start watch
check 'it comes back and gets it' has watch "$summit"
check 'and is reached' until_true 30 is_shown ccg "$W" no-answer-yet
check 'it holds nothing' q watch summit respond "$summit" nothing-held --yes
for home in "${all[@]}"; do
	check "which $home sees" until_true 30 is_shown "$home" "$W" nothing-held
done

#
# Everybody does what is shown to be next, until nothing is.
#
fill() {
	local home=$1 word
	words=()
	for word in $2; do
		case $word in
		TEXT) word='as is known today' ;;
		FINDING) word=serious-failing ;;
		ANSWER) word=nothing-arises ;;
		ORG) word=08R ;;
		TIME) word=$(date -u -d '+2 seconds' +%FT%TZ) ;;
		PLACE) word='by telephone' ;;
		ROLE) word='quality-lead' ;;
		esac
		[ "$home/$word" != cqc/serious-failing ] || word=potential-breach
		words+=("$word")
	done
}
next_of() {
	q "$1" summit show "$summit" --json | jq -r '.next[0].command // ""'
}
phase_of() {
	q "$1" summit show "$summit" --json | jq -r .phase
}
# Somebody is told what to do, or it is over.
goes_on() {
	local home
	for home in "${all[@]}"; do
		[ -z "$(next_of "$home")" ] || return 0
	done
	[ "$(phase_of ccg)" = stood-down ]
}
done_count=0
for round in $(seq 60); do
	idle=0
	for home in "${all[@]}"; do
		command=$(next_of "$home")
		[ -n "$command" ] || {
			idle=$((idle + 1))
			continue
		}
		fill "$home" "$command"
		"$QSG" --home "$home" "${words[@]:1}" --yes >do.out 2>do.err ||
			die "$home is told '$command': $(cat do.err)"
		done_count=$((done_count + 1))
	done
	[ "$(phase_of ccg)" != stood-down ] || break
	[ "$idle" -lt 4 ] || until_true 30 goes_on || die 'nobody is told what to do'
done
same 'the summit is brought to its end' stood-down "$(phase_of ccg)"
check "by what was shown, $done_count commands in $round rounds" \
	[ "$done_count" -ge 15 ]

#
# All see the same, and every record in the order of time.
#
hash_of() {
	q "$1" summit show "$summit" --json | jq -r .state_hash
}
agree() {
	local wanted home
	wanted=$(hash_of ccg)
	for home in "${all[@]}"; do
		[ "$(hash_of "$home")" = "$wanted" ] || return 1
	done
}
check 'all come to one state' until_true 30 agree
q watch summit timeline "$summit" --json >timeline.json || die 'timeline'
same 'the timeline begins with the trigger' "$summit" \
	"$(jq -r '.records[0].id' timeline.json)"
check 'is in the order of time' jq -e \
	'[.records[].created_at] | . == sort' timeline.json
check 'and says of each when it came' jq -e \
	'all(.records[]; .received_at != null and (.counts or .why_not != null))' \
	timeline.json
same 'every record that it shows is held' "$(jq '.records | length' timeline.json)" \
	"$(jq -r '.records[].id' timeline.json | sort -u | while read -r id; do
		lacks watch "$id" || echo "$id"
	done | wc -l)"
q watch summit timeline "$summit" >timeline.txt || die 'timeline'
check 'people read ids' grep -q "$summit" timeline.txt
q area summit list >list.txt || die 'list'
check 'and that it stood down' grep -q 'stood down' list.txt
same 'it is not among the open ones' '[]' "$(q area summit list --open --json)"
same 'but about its provider' 1 \
	"$(q area summit list --provider ral --json | jq length)"
same 'and about no other' '[]' "$(q area summit list --provider RYR --json)"

#
# Who looked is noted; who is scoped looks at nothing.
#
q ccg account add jo --role viewer --new-password-file pf >/dev/null ||
	die 'account'
jo() {
	q ccg "$@" --account jo --password-file pf
}
check 'a viewer looks' jo summit show "$summit"
check 'and looks at all of it' jo summit timeline "$summit"
looked() {
	q ccg activity --who jo --json | jq -e --arg id "$summit" --arg by "$1" \
		'any(.[]; .operation == $by and (.records | index($id)))'
}
check 'which is noted' looked summit-show
check 'each time' looked summit-timeline
check 'the account is scoped' q ccg account scope jo --scope "$G"
fails 1 'is not of these alone' jo summit show "$summit"
fails 1 'is not of these alone' jo summit timeline "$summit"
fails 1 'is not of these alone' jo summit list
for home in area cqc watch; do
	check "$home verifies" q "$home" verify
done
echo 'passed'
