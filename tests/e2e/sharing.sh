#!/usr/bin/env bash
# Sharing with a group: who would read it is shown, confirmed, and stays so.
# M345 M347 M348 M349 M350 M353
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

G='South London QSG'

org area 'NHS England South London' Q71 nhs-england-area-team
org ccg 'NHS Merton CCG' 08R ccg
org watch 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
org cqc 'Care Quality Commission' local:cqc cqc
for home in area ccg watch cqc; do
	start "$home"
	q "$home" card >"$home.card"
done
fails 1 "$G" q area share --to "$G" --provider RAL --kind soft --source visit --text x
check 'a group is founded' q area group create "$G" --level local \
	--region 'London QSG' --person 'Area Director'
fails 1 'nobody' q area share --to "$G" --provider RAL --kind soft \
	--source visit --text x --yes
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
joins ccg
joins watch
for home in area ccg watch; do
	until_true 30 joined "$home" 3 || die "$home does not see three members"
done

item=(--provider RAL --kind soft --text 'call bells unanswered')
concern=("${item[@]}" --source visit --stance concern)
# Without a terminal it takes --yes, and says who would read it.
before=$(holds ccg)
fails 1 'these 2 readers have to be confirmed: use --yes' \
	q ccg share --to "$G" "${concern[@]}"
check 'the readers are shown' grep -q 'read by Healthwatch Merton' fails.stderr
check 'those with a duty, as the roster states them' grep -q \
	'nhs-england-area-team: has a duty to act' fails.stderr
same 'nothing was sealed' "$before" "$(holds ccg)"
record=$(q ccg share --to "$G" "${concern[@]}" --yes --json 2>yes.err |
	jq -r .record)
check 'a script sees the list as well' grep -q 'the group South London QSG' yes.err
same 'people see it once' 1 "$(q ccg share --to "$G" "${concern[@]}" --yes 2>&1 |
	grep -c 'read by Healthwatch Merton')"
for home in area watch; do
	until_true 30 q "$home" record "$record" || die "$home does not get it"
done
same 'that a group was named is kept' ask-me "$(q ccg record "$(q ccg record \
	"$record" --json | jq -r '.decides[0]')" --json | jq -r .decision.verdict)"

# A commissioner's significant concern, and CQC is not in the group.
fails 1 'needs a reason: --without-cqc' \
	q ccg share --to "$G" "${concern[@]}" --significant --yes

talk() {
	/usr/bin/python3 "$(dirname "$0")/talk.py" "$@" >shown
}
before=$(holds ccg)
talk 'these 2?' n -- "$QSG" --home ccg share --to "$G" "${concern[@]}"
same 'no is no' 1 $?
same 'and seals nothing' "$before" "$(holds ccg)"
talk 'Why?' 'they asked us to wait' 'these 2?' y -- \
	"$QSG" --home ccg share --to "$G" "${concern[@]}" --significant
same 'both questions are answered' 0 $?
record=$(tr -d '\r' <shown | grep -oE '^[0-9a-f]{64}$' | tail -n 1)
same 'why is kept' 'they asked us to wait' "$(q ccg record "$(q ccg record \
	"$record" --json | jq -r '.decides[0]')" --json | jq -r .decision.without_cqc)"
talk 'Why?' '' -- "$QSG" --home ccg share --to "$G" "${concern[@]}" --significant
same 'no reason, no sharing' 1 $?

# The very list that was confirmed.
asked=$(q ccg share --dry-run --to "$G" "${concern[@]}" --json)
list=$(jq -r .list <<<"$asked")
invite cqc cqc
joins cqc
until_true 30 joined ccg 4 || die 'ccg does not see CQC join'
body=$(jq -cn --arg g "$G" --arg l "$list" '{to: [$g], confirmed: $l,
	provider: "RAL", kind: "soft", source: "visit", text: "x"}')
before=$(holds ccg)
status=$(curl -s -o answer --unix-socket ccg/api.sock -w '%{http_code}' \
	-X POST -d "$body" http://localhost/v1/share)
same 'another list is another question' 409 "$status"
check 'and it says so' grep -q 'no longer those that were shown' answer
same 'nothing was sealed for it' "$before" "$(holds ccg)"
check 'with CQC nothing is asked but the readers' \
	q ccg share --to "$G" "${concern[@]}" --significant --yes

# Indicators and rules.
data="$(dirname "$0")/data/ae_sample.csv"
fails 1 'have to be confirmed: use --yes' \
	q ccg import "$data" --as ae-attendances --to "$G"
check 'a file for the group' q ccg import "$data" --as ae-attendances --to "$G" --yes
printf '[rule]\ngroup = %s\nsource = visit\nverdict = share\n\n[rule]\ngroup = any\nverdict = four eyes\n' "$G" >rules
check 'a policy on groups' q ccg policy set rules
check 'what a rule shares is not asked about' q ccg share --to "$G" "${concern[@]}"
same 'a test says who reads it by the group' '3 share' "$(q ccg policy test \
	--to "$G" --source visit --json | jq -r '"\([.readers[] | select(.by_group)] | length) \(.verdict)"')"
check 'others wait' q ccg share --to "$G" "${item[@]}" --source pals \
	--asked-by 'Director of Quality' --yes
check 'one of the readers leaves' q watch group leave "$G" --reason 'no time'
until_true 30 joined ccg 3 || die 'ccg does not see Healthwatch leave'
fails 1 'Healthwatch Merton is gone' \
	q ccg release approve 1 --person 'Director of Nursing'
check 'it can be refused' q ccg release refuse 1 --person 'Director of Nursing' \
	--reason 'the group has changed'
for home in area ccg watch cqc; do
	check "$home verifies" q "$home" verify
	stop "$home"
done
