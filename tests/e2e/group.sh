#!/usr/bin/env bash
# A group between real nodes: founded, joined, one member removed half-way, its
# convenor lost and succeeded. M331 M334
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

G='South London QSG'

org area 'NHS England South London' Q71 nhs-england-area-team
org ccg 'NHS Merton CCG' 08R ccg
org watch 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
org cqc 'Care Quality Commission' local:cqc cqc
org college 'Royal College of Nursing' local:rcn royal-college
org kent 'NHS England Kent and Medway' Q67 nhs-england-area-team
for home in area ccg watch cqc college kent; do
	start "$home"
	q "$home" card >"$home.card"
done

q area group charter |
	sed 's/^quorum = .*/quorum = 3/; s/^#footprint.*/footprint = South London/' \
		>local.charter
printf 'quorum = 3\nqorum = 4\n' >bad.charter
fails 1 'line 2' q area group create "$G" --level local \
	--region 'London QSG' --charter bad.charter
fails 1 'NHS England area team' q ccg group create "$G" --level local \
	--region 'London QSG'
fails 1 'level' q area group create "$G" --level national --region 'London QSG'
check 'a group is founded' q area group create "$G" --level local \
	--region 'London QSG' --charter local.charter --person 'Area Director'
fails 1 'too like' q area group create 'south-london QSG' --level local \
	--region 'London QSG'

# invite HOME KIND [ARGUMENT...]
invite() {
	local home=$1 kind=$2
	shift 2
	q area group invite "$G" "$home.card" --as "$kind" \
		--fingerprint "$(fingerprint "$home")" "$@" >/dev/null
}
fails 1 'fingerprint' q area group invite "$G" ccg.card --as ccg
fails 1 'itself' q area group invite "$G" Q71 --as ccg
fails 1 'not included' q area group invite "$G" ccg.card --as provider \
	--fingerprint "$(fingerprint ccg)"
check 'many at once' q area group invite "$G" ccg.card watch.card \
	--as ccg --person 'Accountable Officer' \
	--fingerprint "$(fingerprint ccg)" --fingerprint "$(fingerprint watch)"
check 'an entry is amended' q area group amend "$G" 'Healthwatch Merton' \
	--as healthwatch-local --person 'chief executive'
check 'one more' invite cqc cqc --person 'Compliance Manager'
check 'and more' invite college royal-college
check 'another area team' invite kent nhs-england-area-team
fails 1 'invited already' q area group invite "$G" cqc.card --as cqc

# Whoever is invited needs the convenor's card alone.
for home in ccg watch cqc college kent; do
	knows "$home" area
done
invited() {
	[ "$(q "$1" group show "$G" --json | jq -r .standing)" = invited ]
}
for home in ccg watch cqc college kent; do
	until_true 30 invited "$home" || die "no invitation reaches $home"
done
q ccg group show "$G" >shown || die 'a group is shown'
grep -q "$(fingerprint area)" shown || die 'the convenor has no fingerprint'
grep -q 'proven' shown || die 'nothing is said of the mandate'

joined() {
	[ "$(q "$1" group show "$G" --json | jq -r .members)" = "$2" ]
}
same_state() {
	local first hash home
	first=$(q "$1" group show "$G" --json | jq -r .state_hash)
	for home in "$@"; do
		hash=$(q "$home" group show "$G" --json | jq -r .state_hash)
		[ "$hash" = "$first" ] || return 1
	done
}
for home in ccg watch cqc college kent; do
	q "$home" status >status.out
	check "$home is told to answer" grep -q 'invited: see .qsg group show' status.out
	check "$home joins" q "$home" group join "$G" --yes
done
for home in area ccg watch cqc college kent; do
	until_true 60 joined "$home" 6 || {
		q "$home" group show "$G" >&2
		die "$home does not see all"
	}
done
check 'all see one state' until_true 30 same_state area ccg watch cqc college kent
check 'members meet by the roster' until_true 30 connected ccg watch
same 'which says so' roster "$(q ccg peer list --json |
	jq -r '.[] | select(.code == "local:cqc") | .enrolled_by')"

# What one of them shares by name reaches another that it never met.
id=$(tell ccg 'call bells unanswered' --to local:cqc --to 'Healthwatch Merton')
check 'and share' has watch "$id"
check 'with each other' has cqc "$id"

before=$(tell watch 'before the removal' --to "$G" --yes)
for home in area ccg cqc college kent; do
	check "what goes to the group reaches $home" has "$home" "$before"
done

# Readiness, as far as it follows.
q area group readiness "$G" --json >ready
same 'a chair is there' ok \
	"$(jq -r '.lines[] | select(.point == "1a") | .state' ready)"
same 'Monitor is missing' missing \
	"$(jq -r '.lines[] | select(.what == "Monitor") | .state' ready)"

# One refuses another, whatever the roster says.
check 'refused' q watch peer refuse local:rcn --reason 'not who it says'
check 'its session ends' until_true 10 disconnected watch college
fails 1 'refuses' q watch share --to local:rcn --provider RAL \
	--source complaint --kind soft --text words
check 'who of the group will not read is named' sh -c \
	"'$QSG' --home watch share --dry-run --yes --to '$G' --provider RAL \
		--source complaint --kind soft --text words |
		grep -q '(local:rcn), of this group: refused here'"
same 'and why, for programs' 'refused here' "$(q watch share --dry-run --yes \
	--to "$G" --provider RAL --source complaint --kind soft --text words \
	--json | jq -r '.left_out[] | select(.code == "local:rcn") | .why')"
check 'admitted again' q watch peer admit local:rcn
check 'it is back' until_true 30 connected watch college

# Removed half-way.
fails 1 'cannot be expelled' q area group remove "$G" local:cqc --reason 'no'
fails 1 'only its convenor' q ccg group remove "$G" local:rcn --reason 'no'
fails 2 'reason' q area group remove "$G" local:rcn
check 'one is removed' q area group remove "$G" local:rcn \
	--reason 'decided by the group' --decided-on 2026-01-02
barred() {
	q "$1" peer list --json | jq -e \
		'any(.[]; .code == "local:rcn" and .barred and (.connected | not))' \
		>/dev/null
}
for home in area ccg watch cqc kent; do
	check "$home bars it" until_true 30 barred "$home"
done
fails 1 'no group' q ccg share --to local:rcn --provider RAL \
	--source complaint --kind soft --text words
turned_away() {
	q college peer list --json | jq -e \
		'any(.[]; .code == "08R" and (.connected | not) and
			(.problem // "" | contains("does not admit us")))' >/dev/null
}
check 'and cannot come back' until_true 60 turned_away

after=$(tell watch 'after the removal' --to "$G" --yes)
check 'the group goes on' has cqc "$after"
check 'without it' lacks college "$after"
check 'which keeps what it had' has college "$before"

# The convenor is lost; the members name another.
kill_hard area
fails 1 'NHS England' q ccg group succeed "$G" 'Healthwatch Merton'
check 'one names a successor' q ccg group succeed "$G" Q67 --reason 'Q71 is lost'
check 'another' q watch group succeed "$G" Q67
fails 1 'named a successor' q ccg group succeed "$G" Q67
check 'a third' q cqc group succeed "$G" Q67
taken_over() {
	[ "$(q "$1" group show "$G" --json | jq -r '.convenor.code')" = Q67 ]
}
check 'it is a majority' until_true 30 taken_over kent
fails 1 'only its convenor' q ccg group convene "$G"
check 'the successor takes over' q kent group convene "$G"
term() {
	[ "$(q "$1" group show "$G" --json |
		jq -r '"\(.term) \(.taking_over) \(.mandate_proven)"')" = '2 false true' ]
}
for home in ccg watch cqc; do
	check "$home follows" until_true 30 term "$home"
done
check 'all that are left see one state' until_true 30 same_state kent ccg watch cqc

# Restarted, with and without notice, they know what they knew.
stop ccg
start ccg
kill_hard cqc
start cqc
check 'after a restart too' same_state kent ccg watch cqc
for home in ccg cqc kent watch; do
	check "$home verifies" q "$home" verify
done

# Leaving.
check 'a member leaves' q watch group leave "$G" 2>leave.err
check 'without a warning' [ ! -s leave.err ]
left() {
	[ "$(q "$1" group show "$G" --json | jq -r '.entries[] |
		select(.standing == "left") | .code')" = local:healthwatch/merton ]
}
check 'its convenor passes it on' until_true 30 left ccg
q kent group leave "$G" >leave.out 2>leave.err </dev/null
same 'whoever convenes confirms it' 1 $?
check 'and is warned' grep -q 'warning: .* convenes .*group succeed' leave.err
echo 'passed'
