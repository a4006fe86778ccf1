#!/usr/bin/env bash
# Actions between an area team, a CCG, CQC and a trust's other commissioner: set
# for another, accepted, handed over, overdue; a workplan in and out unchanged.
# M642 M643 M644 M645 M650 M651 M652 M653 M654
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org area 'NHS England South London' Q71 nhs-england-area-team
org ccg 'NHS Merton CCG' 08R ccg
org cqc 'Care Quality Commission' CQC cqc
org sutton 'NHS Sutton CCG' 08T ccg
for home in area ccg cqc sutton; do
	start "$home"
done
meet area ccg
meet area cqc
meet area sutton
meet ccg cqc
meet ccg sutton
meet cqc sutton

# act HOME COMMAND...: the id alone.
act() {
	local home=$1
	shift
	q "$home" action "$@" 2>act.err | tail -n 1
}
# field HOME ACTION FILTER
field() {
	q "$1" action show "$2" --json | jq -r "$3"
}
stands() {
	[ "$(field "$1" "$2" '"\(.standing) \(.owner_code)"')" = "$3" ]
}
# stands_at ACTION 'STANDING OWNER' HOME...
stands_at() {
	local action=$1 want=$2 home
	shift 2
	for home in "$@"; do
		check "$home sees it $want" until_true 30 stands "$home" "$action" "$want"
	done
}

#
# One's own.
#
fails 2 'action add needs --what' q area action add
fails 1 'aim must be one of' q area action add --what x --aim glory
fails 1 '--due takes a date' q area action add --what x --due tomorrow
fails 1 '--due takes a date' q area action add --what x --due 2013-10-27T01:30:00
fails 1 'is over' q area action add --what x --due 2013-01-31
fails 1 'more than a year' q area action add --what x \
	--due "$(date -d '+400 days' +%F)"
fails 1 'an NHS number' q area action add --what 'call 943 476 5919'
same 'there are none' '[]' "$(q area action list --json)"
own=$(act area add --what 'Ask for the rota' --aim safeguard --provider ral)
same 'an action of one'\''s own needs nobody' 'accepted Q71' \
	"$(field area "$own" '"\(.standing) \(.owner_code)"')"
check 'it is closed' act area close "$own" --text 'It is here'
same 'and stays so' closed "$(field area "$own" .standing)"
fails 1 'the action is closed' q area action progress "$own" --text 'more'
check 'it is read here alone' lacks ccg "$own"

#
# Of another.
#
evidence=$(tell area 'Call bells unanswered' --to CQC)
action=$(act area add --what 'Walk the wards at night' --owner 08R --to CQC \
	--provider RAL --due "$(date -d '+2 days' +%F)" --evidence "$evidence")
check 'the owner gets it' has ccg "$action"
check 'CQC gets it' has cqc "$action"
check 'nobody else does' lacks sutton "$action"
stands_at "$action" 'proposed 08R' area ccg cqc
fails 1 'accept the action first' q ccg action close "$action" --yes
fails 1 'not yours to accept' q cqc action accept "$action" --yes
fails 2 'decline needs --text' q ccg action decline "$action" --yes
fails 1 'these 2 readers have to be confirmed: use --yes' \
	q ccg action accept "$action"
check 'the owner accepts' act ccg accept "${action:0:12}" --yes
stands_at "$action" 'accepted 08R' area ccg cqc
fails 1 'the action is accepted already' q ccg action decline "$action" \
	--text no --yes
fails 1 'only the organisation that owns' q area action close "$action" --yes
check 'progress is told' act ccg progress "$action" --text 'Two walks so far' --yes
walked() {
	q cqc action show "$action" | grep -q 'Two walks so far'
}
check 'and read by people' until_true 30 walked

#
# Handed over, to whom can read it.
#
fails 1 'cannot read the action' q ccg action hand-over "$action" 08T --yes
fails 2 'action hand-over needs WHO' q ccg action hand-over "$action"
fails 1 'it is yours' q ccg action hand-over "$action" 08R --yes
check 'CQC is asked' act ccg hand-over "$action" CQC --yes
offered() {
	q "$1" action show "$action" --json |
		jq -e '.offered_to[0].code == "CQC"' >/dev/null
}
check 'and sees it' until_true 30 offered cqc
stands_at "$action" 'accepted 08R' area ccg cqc
check 'CQC declines' act cqc decline "$action" --text 'Not ours to do' --yes
not_offered() {
	! offered "$1"
}
check 'the owner hears' until_true 30 not_offered ccg
stands_at "$action" 'accepted 08R' area ccg cqc
same 'and why' 'whom it hands the action over to declined it' \
	"$(field ccg "$action" '.not_counted[-1].why_not')"
check 'asked once more' act ccg hand-over "$action" CQC --text 'Please' --yes
check 'CQC sees it' until_true 30 offered cqc
check 'CQC accepts' act cqc accept "$action" --yes
stands_at "$action" 'handed-over CQC' area ccg cqc
fails 1 'only the organisation that owns' q ccg action close "$action" --yes

mine=$(act area add --what 'Agree cover across the border' --to 08R)
check 'the CCG reads it' has ccg "$mine"
fails 1 'cannot read the action: grant it first' \
	q area action hand-over "$mine" 08T --yes
check 'it is granted' q area grant "$mine" --to 08T --reason 'it borders on you'
check 'the other CCG reads it' has sutton "$mine"
stands_at "$mine" 'accepted Q71' sutton
check 'it is asked' act area hand-over "$mine" 08T --yes
given() {
	q sutton action show "$mine" --json | jq -e '.offered_to | length == 1'
}
check 'it sees that' until_true 30 given
check 'and accepts' act sutton accept "$mine" --yes
stands_at "$mine" 'handed-over 08T' area ccg sutton

#
# After a restart, a clean one and another.
#
stop sutton
start sutton
stands_at "$mine" 'handed-over 08T' sutton
kill_hard ccg
start ccg
stands_at "$action" 'handed-over CQC' ccg
until_true 30 connected cqc ccg || die 'they do not meet again'
check 'it is closed by who has it' act cqc close "$action" --text 'It is done' --yes
stands_at "$action" 'closed CQC' area ccg cqc

#
# Withdrawn, and overdue.
#
soon=$(act area add --what 'Write to the board' --owner 08R \
	--due "$(date -u -d '+3 seconds' +%FT%TZ)")
check 'the owner gets it' has ccg "$soon"
fails 1 'not overdue' q area action raise "$soon" CQC --yes
overdue() {
	[ "$(field "$1" "$soon" .overdue)" = true ]
}
check 'it is overdue' until_true 10 overdue ccg
same 'and listed so' "$soon" \
	"$(q ccg action list --overdue --json | jq -r '.[].id')"
check 'which is raised' act area raise "$soon" CQC --text 'see it' --yes
fails 1 'withdrawn by the organisation that set it' \
	q ccg action withdraw "$soon" --text x --yes
check 'it is withdrawn' act area withdraw "$soon" --text 'set anew' --yes
stands_at "$soon" 'withdrawn 08R' area ccg
same 'nothing is overdue' '[]' "$(q area action list --overdue --json)"

#
# A workplan: sections, leads shared and missing, a row without a number, many
# lines in one field.
#
cat >plan.csv <<'EOF'
section,number,action,lead,outcome,timeline
1. Oversight,1.1,"Quality plan: consultation, drafting and sign off",Quality lead,Agreed plan,"April: to committee
June: signed off
Then every two months"
1. Oversight,1.2,Ask for quality advice in each yearly review,Quality lead and chief officer,Quality in each plan,2030-04-30
2.People and culture,2.1,"Read the staff survey of each provider
Find a measure for community services",Quality lead,"Assurance, or a plan",Ongoing
2.People and culture,,Support the surveillance group of the region,Area team / quality lead,Shared learning,Meets monthly
2.People and culture,2.2,"Check what each review group's ""agenda"" covers",,Assurance,
3. Measures,3.1,Quality dashboards for all large providers,"Support unit, with quality lead",‘Live’ dashboards,
EOF
fails 1 'plan.csv' q ccg action import missing/plan.csv --plan quality
fails 2 'needs --plan' q ccg action import plan.csv
head -n 1 plan.csv >short.csv
fails 1 'no rows' q ccg action import short.csv --plan quality
tail -n 1 plan.csv >headless.csv
fails 1 'must name these columns' q ccg action import headless.csv \
	--plan quality
fails 1 'needs a name' q ccg action import plan.csv --plan ' '
{
	cat plan.csv
	echo '3. Measures,3.2,,,,'
} >bad.csv
fails 1 'line 11: it does not say what is to be done' \
	q ccg action import bad.csv --plan quality --to Q71
{
	cat plan.csv
	echo '3. Measures,3.2,Call 943 476 5919,,,'
} >patient.csv
fails 1 'line 11' q ccg action import patient.csv --plan quality --to Q71
plans() {
	q "$1" action list --plan quality --json | jq length
}
same 'nothing of them is taken in' 0 "$(plans ccg)"
q ccg action import plan.csv --plan quality --to Q71 --dry-run >dry.txt ||
	die 'dry run'
check 'a dry run says what would be done' grep -q \
	'6 rows: 6 would be set, 0 as they were, 0 would be withdrawn' dry.txt
same 'and does nothing' 0 "$(plans ccg)"
check 'the plan is taken in' q ccg action import plan.csv --plan quality --to Q71
same 'each row an action' 6 "$(plans ccg)"
same 'accepted' '["accepted"]' "$(q ccg action list --plan quality --json |
	jq -c 'map(.standing) | unique')"
check 'it is given out' q ccg action export quality --out out.csv
check 'byte for byte' cmp plan.csv out.csv
q ccg action export quality --out - >out2.csv || die 'export'
check 'to standard output, too' cmp plan.csv out2.csv
fails 1 'out.csv' q ccg action export quality --out out.csv
fails 1 "no workplan 'nursing' is held; there is: quality" \
	q ccg action export nursing --out -
all_there() {
	[ "$(plans area)" = 6 ]
}
check 'whoever reads it' until_true 30 all_there
q area action export quality --author 08R --out - >out3.csv || die 'export'
check 'gives out the same' cmp plan.csv out3.csv

same 'the same again changes nothing' '0 6 0' \
	"$(q ccg action import plan.csv --plan quality --to Q71 --json |
		jq -r '"\(.set) \(.same) \(.withdrawn)"')"
sed 's/,Ongoing$/,Done in May/' plan.csv >next.csv
same 'a changed row is set anew' '1 5 1' \
	"$(q ccg action import next.csv --plan quality --to Q71 --json |
		jq -r '"\(.set) \(.same) \(.withdrawn)"')"
q ccg action export quality --out - >out4.csv || die 'export'
check 'and the plan is as it is now' cmp next.csv out4.csv
q ccg action list --plan quality >list.txt || die 'list'
check 'people read it' grep -q 'lead: Area team / quality lead' list.txt
for home in area ccg cqc sutton; do
	check "$home verifies" q "$home" verify
done
echo 'passed'
