#!/usr/bin/env bash
# One risk summit between seven organisations, from a whistleblower's concern to
# standing down: an area team, a CCG, local Healthwatch, CQC and Monitor as a
# group; the police and the trust, which are invited. Monitor is down when it is
# triggered, and CQC is cut off from the others while it judges.
# M662 M663 M664 M665 M666 M667 M668
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

G='South London QSG'
org area 'NHS England South London' Q71 nhs-england-area-team
org ccg 'NHS Merton CCG' 08R ccg
org watch 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
org cqc 'Care Quality Commission' CQC cqc
org monitor 'Monitor' local:monitor monitor
org police 'Metropolitan Police' local:police police
org trust 'Royal Free London' RAL provider
all=(area ccg watch cqc monitor police trust)
for home in "${all[@]}"; do
	start "$home"
	q "$home" card >"$home.card"
done

check 'a group is founded' q area group create "$G" --level local \
	--region 'London QSG' --person 'Area Director'
invite() {
	q area group invite "$G" "$1.card" --as "$2" \
		--fingerprint "$(fingerprint "$1")" >/dev/null || die "invite $1"
}
joined() {
	[ "$(q "$1" group show "$G" --json | jq -r .members)" = "$2" ]
}
joins() {
	knows "$1" area
	until_true 30 q "$1" group show "$G" || die "no invitation reaches $1"
	q "$1" group join "$G" --yes >/dev/null || die "$1 cannot join"
}
invite ccg ccg
invite watch healthwatch-local
invite cqc cqc
invite monitor monitor
for home in ccg watch cqc monitor; do
	joins "$home"
done
for home in area ccg watch cqc monitor; do
	until_true 30 joined "$home" 5 || die "$home does not see five members"
done
# Whom the roster lists it enrols; those invited meet everybody.
for home in area ccg watch cqc monitor; do
	meet "$home" police
	meet "$home" trust
done

# say HOME COMMAND...: the id alone.
say() {
	local home=$1
	shift
	q "$home" summit "$@" --yes 2>say.err | tail -n 1
}
# said HOME COMMAND...: what was said, as JSON.
said() {
	local home=$1
	shift
	q "$home" summit "$@" --yes --json 2>said.err
}

#
# The trigger.
#
check 'the trust is a foundation trust, says the CCG' q ccg provider relate \
	RAL --type foundation-trust --name 'Royal Free London'
concern=$(tell ccg 'A nurse says that the rota was altered after the fact' \
	--private)
held=$(holds ccg)
fails 2 'needs --provider' q ccg summit trigger --concern x --urgency 24h
fails 1 'urgency must be one of' q ccg summit trigger --provider RAL \
	--concern x --urgency soon
fails 1 'ODS code' q ccg summit trigger --provider 'R!' --concern x \
	--urgency 24h
fails 1 'only a statutory organisation triggers' q watch summit trigger \
	--provider RAL --concern x --urgency 24h --group "$G"
fails 1 'a provider neither triggers' q trust summit request --provider RAL \
	--concern x --urgency 24h --to ccg
fails 1 'no record' q ccg summit trigger --provider RAL --concern x \
	--urgency 24h --group "$G" --evidence 00000000
fails 1 'is a provider' q ccg summit trigger --provider RAL --concern x \
	--urgency 24h --group "$G" --invite RAL
fails 1 'nobody would be told' q area summit trigger --provider RYR \
	--concern x --urgency 24h --without cqc --without monitor
fails 1 'is both invited and left out' q ccg summit trigger --provider RAL \
	--concern x --urgency 24h --group "$G" --invite cqc --without cqc
fails 1 'an NHS number' q ccg summit trigger --provider RAL \
	--concern 'patient 943 476 5919' --urgency 24h --group "$G" --yes
trigger=(trigger --provider ral --urgency 24h --group "$G"
	--evidence "$concern" --concern 'Night rotas were altered after the fact')
tried=$(said ccg "${trigger[@]}" --dry-run)
same 'the call is proposed, with reasons' 'CQC cqc|local:monitor monitor' "$(jq -r \
	'[.called[] | "\(.code) \(.reason)"] | sort | join("|")' <<<"$tried")"
same 'all members would read it, the trust would not' \
	'CQC Q71 local:healthwatch/merton local:monitor' "$(jq -r \
	'[.readers[].code] | sort | join(" ")' <<<"$tried")"
same 'the evidence would be granted to them' 4 "$(jq \
	'[.granted[] | select(.granted)] | length' <<<"$tried")"
same 'nothing was recorded' "$held" "$(holds ccg)"
without=$(said ccg "${trigger[@]}" --without monitor --dry-run)
same 'who is left out is said' 'local:monitor left out by you' "$(jq -r \
	'.lacking[] | "\(.code) \(.why)"' <<<"$without")"

stop monitor
S=$(say ccg "${trigger[@]}")
[ -n "$S" ] || die "no trigger: $(cat say.err)"
for home in area watch cqc; do
	check "$home is told" has "$home" "$S"
	check "$home can read the evidence" until_true 30 q "$home" record "$concern"
done
check 'the trust is not' lacks trust "$S"
check 'nor the police' lacks police "$S"
# show HOME FILTER
show() {
	q "$1" summit show "$S" --json | jq -r "$2"
}
answers() {
	show "$1" "[.sides[] | select(.code == \"$2\") | .answer][0]"
}
answer_is() {
	[ "$(answers "$1" "$2")" = "$3" ]
}
phase_is() {
	[ "$(show "$1" .phase)" = "$2" ]
}
check 'who signed for it has not answered yet' until_true 30 answer_is ccg CQC \
	no-answer-yet
check 'who is down was not reached' answer_is ccg local:monitor not-reached
fails 1 'a summit for RAL is open' q ccg summit trigger --provider RAL \
	--concern 'again' --urgency now --group "$G" --yes

#
# Answers.
#
fails 1 'answer must be one of' q area summit respond "$S" perhaps
fails 1 'risk summit' q area summit respond "$concern" attending
check 'the area team attends' say area respond "$S" attending
leaflet=$(tell watch 'Families speak of call bells unanswered' --private)
answer=$(said watch respond "$S" sending-information --evidence "$leaflet" \
	--text 'What families told us')
same 'what Healthwatch sends is granted' true "$(jq \
	'[.granted[].granted] | length > 0 and all' <<<"$answer")"
check 'CQC holds nothing' say cqc respond "$S" nothing-held
check 'the CCG reads it' until_true 30 q ccg record "$leaflet"
check 'all answers are seen' until_true 30 answer_is ccg CQC nothing-held
start monitor
check 'whoever was down is told when it is back' has monitor "$S"
check 'that it was reached is seen' until_true 30 answer_is ccg local:monitor \
	no-answer-yet
check 'Monitor attends' say monitor respond "$S" attending

#
# Meetings.
#
soon=$(date -u -d '+3 seconds' +%FT%TZ)
fails 1 'that time is past' q ccg summit convene "$S" --at 2013-04-01T10:00 \
	--place 'by telephone' --yes
fails 1 'more than a year' q ccg summit convene "$S" --at 2199-04-01T10:00 \
	--place 'by telephone' --yes
fails 1 'comes twice in that night' q ccg summit convene "$S" \
	--at 2013-10-27T01:30 --place 'by telephone' --yes
fails 1 'no such time in that night' q ccg summit convene "$S" \
	--at 2014-03-30T01:30 --place 'by telephone' --yes
fails 1 'a meeting to judge is called by whoever triggered' q area summit \
	convene "$S" --at "$soon" --place x --yes
meeting=$(say ccg convene "$S" --at "$soon" --place 'by telephone')
check 'the others hear of it' has area "$meeting"
check 'the CCG was there' say ccg meeting "$S" attend --who 'Director of Nursing'
check 'so was the area team' say area meeting "$S" attend --who 'Area Director'
note=$(say ccg meeting "$S" note --text 'All agreed to judge today.')
check 'the note comes' has watch "$note"
fails 1 'the text of a dissent' q watch summit meeting "$S" dissent --yes
check 'Healthwatch dissents' say watch meeting "$S" dissent \
	--text 'We would have met on the ward.'
check 'the area team agrees' until_true 10 say area meeting "$S" agree

#
# Those invited.
#
fails 1 'nobody would heed it' q police summit trigger --provider RAL \
	--concern x --urgency now
invited=$(said ccg invite "$S" local:police --grant "$concern")
invitation=$(jq -r .record <<<"$invited")
same 'the police is granted that alone' 'true' "$(jq -r \
	'[.granted[].granted] | join(" ")' <<<"$invited")"
check 'the police is invited' has police "$invitation"
check 'and reads what it was granted' until_true 30 q police record "$concern"
check 'and not the trigger' lacks police "$S"
check 'nor what Healthwatch sent' lacks police "$leaflet"
answer=$(say police respond "$S" attending)
check 'its answer reaches the circle' has watch "$answer"
fails 1 'invited' q police summit judge "$S" --finding none --text x --yes
check 'the trust is invited, and granted nothing' say ccg invite "$S" RAL
check 'it hears so' until_true 30 q trust summit respond "$S" attending --yes
fails 1 'invited' q trust summit judge "$S" --finding none --text x --yes

#
# Judgements, with CQC cut off: it holds no more than what it had.
#
fails 1 "are CQC's alone" q area summit judge "$S" --finding breach --text x \
	--yes
before=$(show cqc .state_hash)
stop cqc
check 'the area team judges' say area judge "$S" --finding serious-failing \
	--text 'Nights are not safely staffed.'
check 'Healthwatch judges' say watch judge "$S" --finding none \
	--text 'What families tell is of years ago.'
check 'the CCG nominates the area team' say ccg ring "$S" nominate Q71
ring() {
	local home=$1
	shift
	until_true 30 q "$home" summit ring "$S" "$@" --yes ||
		die "$home: ring $*: $(q "$home" summit ring "$S" "$@" --yes 2>&1)"
}
fails 1 'it has not accepted to hold the ring yet' q ccg summit ring "$S" agree \
	Q71 --yes
fails 1 'may not hold the ring' q ccg summit ring "$S" nominate local:police --yes
ring area accept
ring ccg agree Q71
ring area agree Q71
fails 1 'gave its voice in this term' q ccg summit ring "$S" agree Q71 --yes
fails 1 'is not out' q area summit ring "$S" take --yes
ring monitor agree Q71
holder() {
	[ "$(show "$1" .ring.holder.code)" = "$2" ]
}
for home in area ccg watch monitor; do
	check "$home sees who holds the ring" until_true 30 holder "$home" Q71
done
others=(area ccg watch monitor police trust)
for home in "${others[@]}"; do
	stop "$home"
done
start cqc
same 'CQC, alone, knows nothing of it' "$before" "$(show cqc .state_hash)"
breach=$(say cqc judge "$S" --finding breach --text 'Regulation 22, staffing.')
check 'and nominates Monitor' say cqc ring "$S" nominate local:monitor
for home in "${others[@]}"; do
	start "$home"
done
alike() {
	local home hash
	hash=$(show ccg .state_hash)
	for home in area watch cqc monitor; do
		[ "$(show "$home" .state_hash)" = "$hash" ] || return 1
	done
}
for home in area ccg watch monitor; do
	check "$home hears CQC's judgement" has "$home" "$breach"
done
check 'CQC sees who holds the ring' until_true 30 holder cqc Q71
check 'all see the same' until_true 60 alike
same 'they differ, and no majority decides' true "$(show area .opposed)"
same 'a breach is open' true "$(show area .breach_open)"

#
# Checks, actions, the end.
#
for check in professional-standards adult-safeguarding child-safeguarding; do
	fails 1 'chair' q ccg summit check "$S" "$check" --answer nothing-arises \
		--yes
done
fails 1 'still open: professional-standards' q area summit stand-down "$S" \
	--reason 'done' --yes
check 'no standards issue' say area check "$S" professional-standards \
	--answer nothing-arises
check 'the adults board was told' say area check "$S" adult-safeguarding \
	--answer protocol-followed --text 'Merton adults board, today'
check 'the children board, too' say area check "$S" child-safeguarding \
	--answer board-engaged --text 'Merton children board, today'
fails 1 "CQC's action on the breach" q area summit stand-down "$S" \
	--reason 'done' --yes
act() {
	local home=$1
	shift
	q "$home" action "$@" --yes 2>act.err | tail -n 1
}
notice=$(act cqc add --what 'Warning notice' --summit "$S" --judgement "$breach" \
	--aim safeguard)
rota=$(act area add --what 'Agency nurses for the nights' --summit "$S" \
	--owner 08R --aim continuity --due "$(date -d '+2 days' +%F)")
check 'the CCG hears of its action' has ccg "$rota"
check 'accepts it' act ccg accept "$rota"
open_actions() {
	[ "$(show "$1" '[.actions[] | select(.holds_open)] | length')" = "$2" ]
}
check 'two actions hold it open' until_true 30 open_actions area 2
fails 1 'still open: action' q area summit stand-down "$S" --reason 'done' --yes
check 'the CCG closes it' act ccg close "$rota" --text 'They are there.'
check 'CQC closes its own' act cqc close "$notice" --text 'It complied.'
soon=$(date -u -d '+2 seconds' +%FT%TZ)
check 'the ring-holder calls them to respond' say area convene "$S" \
	--at "$soon" --place 'by telephone'
same 'that is what it is for' response "$(show area '.meetings[-1].purpose')"
ended() {
	[ -n "$(say area stand-down "$S" --reason 'Nights are safe again.')" ]
}
check 'it stands down when all is closed' until_true 30 ended
for home in area ccg watch cqc monitor; do
	check "$home sees the end" until_true 30 phase_is "$home" stood-down
done
check 'Healthwatch objects' say watch object "$S" --text 'We shall be back.'
objected() {
	[ "$(show "$1" '.objections | length')" = 1 ]
}
for home in area ccg cqc monitor; do
	check "$home sees that it does" until_true 30 objected "$home"
done
check 'all see the same' until_true 60 alike
fails 1 'has stood down' q area summit convene "$S" --at "$(date -u -d \
	'+1 hour' +%FT%TZ)" --place x --yes
check 'people can read it' q ccg summit show "$S"
check 'in its order' q ccg summit timeline "$S"
for home in "${all[@]}"; do
	q "$home" verify >verify.out 2>&1 ||
		die "$home does not verify: $(cat verify.out)"
done
