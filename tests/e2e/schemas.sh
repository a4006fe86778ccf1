#!/usr/bin/env bash
# What --json prints, by a group of real nodes, against the schemas in
# proto/json: every operation, with something in it, and no key that its schema
# does not tell of.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# jq takes no input at all for a yes.
set -o pipefail

G='South London QSG'
mkdir out
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || {
	echo 'skipped: schemas (no python3-jsonschema)'
	exit 77
}

# keep HOME COMMAND...: what it prints with --json, under its operation's name.
declare -A kept=()
keep() {
	local home=$1 name=$2
	shift 2
	kept[$name]=$((${kept[$name]:-0} + 1))
	# shellcheck disable=SC2086 # a command is one to three words
	q "$home" ${name//-/ } "$@" --json \
		>"out/$name.${kept[$name]}.json" 2>keep.err ||
		die "$name $*: $(cat keep.err)"
}
# arrives HOME ID
arrives() {
	has "$1" "$2" || die "$1 does not get record $2"
}
# of NAME FILTER: of what was printed last.
of() {
	jq -r "$2" "out/$1.${kept[$1]}.json"
}

org area 'NHS England South London' Q71 nhs-england-area-team
org kent 'NHS England Kent and Medway' Q67 nhs-england-area-team
org ccg 'NHS Merton CCG' 08R ccg
org cqc 'Care Quality Commission' CQC cqc
org watch 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
org twin 'NHS Barnet CCG' 07M ccg
"$QSG" init --home spare --name 'NHS Sutton CCG' --code 99K --kind ccg \
	--passphrase-file pf --cheap-keystore --json >out/init.1.json ||
	die 'init --json'
for home in area kent ccg cqc watch twin; do
	printf 'witness.interval = 1s\nreceipts.interval = 1\n' >>"$home/config"
done
for home in area kent ccg cqc watch; do
	start "$home"
	q "$home" card >"$home.card"
done

#
# Cards, peers, a group.
#
keep ccg card
keep ccg peer-list
keep ccg audit-log
for home in ccg cqc watch kent; do
	keep "$home" peer-add area.card --fingerprint "$(fingerprint area)"
done
keep ccg peer-add area.card --fingerprint "$(fingerprint area)"
keep area group-charter
of group-charter .charter >charter
keep area group-create "$G" --level local --region 'London QSG' \
	--charter charter --role director --person 'Area Director'
invite() {
	keep area group-invite "$G" "$1.card" --as "$2" \
		--fingerprint "$(fingerprint "$1")" --person "$3"
}
invite ccg ccg 'Accountable Officer'
invite cqc cqc 'Compliance Manager'
invite watch healthwatch-local 'Chief Executive'
invite kent nhs-england-area-team 'Area Director'
keep area group-amend "$G" 08R --person 'Accountable Officer' --reason 'a new one'
invited() {
	q "$1" group show "$G" --json | jq -e '.standing == "invited"' >/dev/null
}
for home in ccg cqc watch kent; do
	until_true 30 invited "$home" || die "no invitation reaches $home"
done
keep ccg group-show "$G"
keep kent group-decline "$G" --reason 'not our patch'
declined() {
	q area group show "$G" --json | jq -e 'any(.entries[];
		.code == "Q67" and .standing == "declined")' >/dev/null
}
until_true 30 declined || die 'the convenor does not hear of it'
keep area group-invite "$G" Q67 --as nhs-england-area-team
again() {
	q kent group show "$G" --json | jq -e '.standing == "invited"' >/dev/null
}
until_true 30 again || die 'no second invitation'
for home in ccg cqc watch kent; do
	keep "$home" group-join "$G" --yes
done
members() {
	q "$1" group show "$G" --json | jq -e --argjson n "$2" \
		'.members == $n' >/dev/null
}
for home in area ccg cqc watch kent; do
	until_true 60 members "$home" 5 || die "$home does not see all"
done
until_true 30 connected ccg cqc || die 'ccg and cqc do not meet'
until_true 30 connected ccg watch || die 'ccg and watch do not meet'
keep ccg group-list
keep area group-show "$G"
keep area group-readiness "$G"
keep ccg peer-list

#
# A policy, and what waits for a second person.
#
keep ccg policy-show
cat >policy <<'INI'
; people first
[rule]
source = whistleblower
verdict = four eyes
note = two people look at it

[rule]
type = indicator
verdict = share
INI
keep ccg policy-set policy
keep ccg policy-show
keep ccg policy-test --to "$G" --source whistleblower
keep ccg policy-test --to CQC --source complaint
waits() {
	keep ccg share --to "$G" --yes --provider RAL --kind soft \
		--source whistleblower --marking official-sensitive \
		--asked-by 'Director of Quality' --source-identity 'the night sister' \
		--text "$1"
}
waits 'One nurse for a ward at night'
waits 'The rota hides it'
keep ccg release-list
keep ccg release-show "$(of release-list '.[0].release')"
keep ccg release-approve "$(of release-list '.[0].release')" \
	--person 'Director of Nursing'
keep ccg release-refuse "$(of release-list '.[1].release')" \
	--person 'Director of Nursing' --reason 'it would name the ward'

#
# Items: to a group, by name, alone, with everything said.
#
keep ccg share --dry-run --to "$G" --provider RAL --kind soft --source patient \
	--text 'it was 943 476 5919'
keep ccg share --to CQC --provider RAL --kind soft --source patient \
	--text 'it was 943 476 5919' --override 'a number made up for a test'
overridden=$(of share .override_record)
keep ccg share --to local:healthwatch/merton --provider RAL --site RAL01 \
	--service A --ward 'Ward 7' --theme nights --kind soft --source complaint \
	--stance concern --significant --dimension safety --dimension experience \
	--domain 4 --observed 2013-01-31 --received 2013-02-01 \
	--judgement 'worth a visit' --caveat 'one ward alone' --certainty likely \
	--capacity commissioner --marking official --onward ask \
	--review-on 2999-01-31 --role nursing-director --person 'Director of Nursing' \
	--without-cqc 'they told us of it' --text 'Call bells unanswered'
told=$(of share .record)
decided=$(q ccg record "$told" --json | jq -r '.decides[0]')
keep ccg share --private --provider-group 'acute trusts' --kind soft \
	--source visit --pointer-only
keep ccg share --to "$G" --yes --provider RAL --kind soft --source complaint \
	--stance concern --dimension experience --text 'Call bells unanswered at night'
item=$(of share .record)
arrives cqc "$item"
arrives watch "$item"
data=$QSG_TOP/tests/e2e/data/ae_sample.csv
keep ccg import "$data" --as ae-attendances --to CQC
set=$(of import '.records[0]')
keep ccg import "$data" --as ae-attendances --to CQC --dry-run

#
# What is said about it.
#
keep watch corroborate "$item" --yes --source patient --text 'Families say the same'
keep cqc feedback "$item" --yes --outcome acted-on --text 'We have been there'
keep area feedback "$item" --outcome received --text 'Thank you' --to "$G" --yes
keep ccg ask CQC local:healthwatch/merton --provider RAL \
	--purpose 'to judge whether to visit' --already-held 'complaints' \
	--answer-by 2999-01-31
asked=$(of ask .record)
arrives cqc "$asked"
arrives watch "$asked"
keep watch answer "$asked" --yes --text 'Two families' --record "$item"
keep cqc answer "$asked" --yes --refuse 'an inspection is under way' --to-asker
answers() {
	q ccg requests --json | jq -e --arg id "$asked" 'any(.[]; .id == $id and
		([.addressees[] | select(.answer != null)] | length) == 2)' >/dev/null
}
until_true 30 answers || die 'the answers do not arrive'
# A record that goes on, and one that its author is asked about.
arrives watch "$told"
keep watch onward-ask "$told" --to CQC --reason 'they inspect there'
asked_on=$(of onward-ask .record)
arrives ccg "$asked_on"
keep ccg onward-list --open
keep ccg onward-answer "$asked_on" allow
arrives watch "$(of onward-answer .record)"
keep watch onward-list
keep ccg grant "$told" --to Q67 --reason 'they plan for the same patients'
keep watch grant "$told" --to CQC --reason 'they inspect there'
handed_on=$(of grant '.grants[0].grant')
arrives cqc "$handed_on"
keep cqc record "$told"
keep cqc record "$handed_on"
keep ccg audit-record "$told"
keep watch audit-shared --with CQC
keep ccg grant --group "$G" --to Q67 --reason 'new' --dry-run
keep ccg requests
keep watch requests
keep ccg judge RAL --view risk-summit-required --text 'Not safe' --to "$G" --yes
keep cqc judge RAL --view none --text 'Nothing new' --to "$G" --yes
judged=$(of judge .record)
keep cqc finding RAL --what rating --question safe --value requires-improvement \
	--text 'Two wards' --decided-on 2013-01-31 --published 'in its report' \
	--to "$G" --yes
found=$(of finding .record)
arrives ccg "$judged"
arrives ccg "$found"

#
# Actions.
#
keep ccg action-add --what 'Walk the wards at night' --owner CQC --group "$G" \
	--yes --due "$(date -u -d '+2 seconds' +%FT%TZ)" --aim safeguard \
	--provider RAL --measure 'a note of each' --section '1. Nights' \
	--number 1.1 --lead 'Quality lead' --kind visit
act=$(of action-add .record)
arrives cqc "$act"
keep cqc action-accept "$act" --yes
arrives ccg "$(of action-accept .record)"
keep cqc action-progress "$act" --text 'Two walks' --evidence "$judged" --yes
q cqc action hand-over "$act" 08R --yes --json >out/action-hand-over.1.json ||
	die 'action hand-over'
arrives ccg "$(jq -r .record out/action-hand-over.1.json)"
keep ccg action-show "$act"
keep ccg action-decline "$act" --text 'It is yours' --yes
arrives cqc "$(of action-decline .record)"
overdue() {
	q cqc action list --overdue --json | jq -e 'length > 0'
}
until_true 10 overdue || die 'the action is not overdue'
keep cqc action-raise "$act" Q71 --yes
keep cqc action-show "$act"
keep cqc action-close "$act" --text 'Done' --yes
keep ccg action-add --what 'Ask for the rota'
keep ccg action-withdraw "$(of action-add .record)" --text 'It came'
cat >plan.csv <<'CSV'
section,number,action,lead,outcome,timeline
1. Nights,,Agree who walks,,A list,2030-01-31
CSV
keep ccg action-import plan.csv --plan nights --group "$G" --yes
keep ccg action-export nights --out -
keep ccg action-export nights --out nights.csv
keep ccg action-list

#
# Risk summits.
#
keep watch summit-request --provider RAL --concern 'Deaths at night' \
	--urgency 48h --to 08R --yes
request=$(of summit-request .record)
arrives ccg "$request"
keep ccg summit-trigger --provider RAL --concern 'Deaths at night' --urgency 24h \
	--group "$G" --evidence "$told" --answers "$request" --yes --dry-run
keep ccg summit-trigger --provider RAL --concern 'Deaths at night' --urgency 24h \
	--group "$G" --evidence "$told" --answers "$request" --yes
summit=$(of summit-trigger .summit)
keep ccg summit-show "$summit"
keep ccg summit-list
keep ccg summit-requests
keep watch summit-requests --open
for home in area cqc watch kent; do
	arrives "$home" "$summit"
done
keep kent alarm-list
keep kent watch --once
keep kent alarm-seen "$summit" --person 'Area Director'
keep kent alarm-list --all
# also HOME NAME [ARGUMENT...]: said in the summit, and heard by the CCG.
also() {
	local home=$1 name=$2
	shift 2
	keep "$home" "$name" "$summit" "$@" --yes
	arrives ccg "$(of "$name" .record)"
	arrives area "$(of "$name" .record)"
	arrives cqc "$(of "$name" .record)"
}
also cqc summit-respond attending --text 'We come'
also watch summit-respond nothing-held
also ccg summit-convene --at "$(date -u -d '+2 seconds' +%FT%TZ)" \
	--place 'by telephone' --text 'Bring the rota'
meeting=$(of summit-convene .record)
also cqc summit-judge --finding potential-breach --text 'Two wards'
also cqc summit-judge --finding breach --text 'Two wards' --evidence "$judged"
breach=$(of summit-judge .record)
also ccg summit-judge --finding none --text 'Not by what we know'
also cqc summit-impact ask --considered 'Closing the ward' --text 'How soon?'
question=$(of summit-impact .record)
also ccg summit-impact answer --question "$question" --text 'In a month'
also ccg summit-ring nominate Q71
keep cqc summit-show "$summit"
also area summit-ring accept
keep cqc summit-show "$summit"
for home in ccg cqc area; do
	also "$home" summit-ring agree Q71
done
keep kent summit-show "$summit"
over() {
	[ "$(q ccg summit show "$summit" --json | jq -r \
		'.meetings[0].at < (now | todate)')" = true ]
}
until_true 10 over || die 'the meeting is not held'
also cqc summit-meeting attend --meeting "$meeting" --who 'inspector=An Inspector' \
	--who chair
also ccg summit-meeting note --meeting "$meeting" --text 'The night rota'
note=$(of summit-meeting .record)
also area summit-meeting agree --meeting "$note"
also cqc summit-meeting dissent --meeting "$note" --text 'It says too little'
also area summit-convene --purpose response --place 'by telephone' \
	--at "$(date -u -d '+1 day' +%FT%TZ)"
also area summit-convene --purpose response --place 'by telephone' \
	--at "$(date -u -d '+2 days' +%FT%TZ)" --replaces "$(of summit-convene .record)"
q twin card >twin.card || die 'card of twin'
keep area peer-add twin.card --fingerprint "$(fingerprint twin)"
keep area summit-invite "$summit" 07M --text 'It borders on you' --yes
for check in professional-standards adult-safeguarding child-safeguarding; do
	also area summit-check "$check" --answer nothing-arises
done
keep cqc action-add --summit "$summit" --judgement "$breach" --what 'A warning notice' \
	--aim safeguard --yes
act=$(of action-add .record)
arrives area "$act"
keep area summit-show "$summit"
keep cqc action-close "$act" --text 'Served' --yes
arrives area "$(of action-close .record)"
q area summit stand-down "$summit" --reason 'The notice is served' --yes \
	--json >out/summit-stand-down.1.json || die 'summit stand-down'
arrives watch "$(jq -r .record out/summit-stand-down.1.json)"
also watch summit-object --text 'Too soon'
keep ccg summit-show "$summit"
keep ccg summit-list
keep ccg summit-timeline "$summit"
keep watch summit-timeline "$summit"
keep ccg summit-report "$summit" --out report.html

#
# Put right, taken back; and asked for under the law.
#
keep ccg share --to CQC --provider RAL --kind soft --source patient \
	--foi-note 's.41: told in confidence' --text 'A relative complained'
wrong=$(of share .record)
keep ccg correct "$wrong" --dry-run --clear foi-note
keep ccg correct "$wrong" --text 'A relative of Jane Doe complained'
better=$(of correct .record)
arrives cqc "$better"
keep ccg record "$wrong" --history
keep cqc foi-log --received 2013-01-31 --text 'all on complaints'
keep cqc foi-log --received 2013-01-31 --kind subject-access --text 'about me'
keep cqc foi-consult "$better" --text 'May it go out?' --answer-by 2999-01-31
consultation=$(of foi-consult .record)
arrives ccg "$consultation"
keep ccg foi-list
keep ccg foi-view "$consultation" objection --text 'it would name her'
arrives cqc "$(of foi-view .record)"
keep cqc foi-decide "$wrong" "$better" --request 1 --verdict withhold \
	--exemption 's.41' --reason 'told in confidence'
keep cqc foi-decide "$wrong" --request 1 --verdict disclose
keep ccg retract "$better" --reason 'nobody complained'
arrives cqc "$(of retract .record)"
keep cqc foi-list
keep cqc foi-schedule 1
keep cqc foi-schedule 1 --out schedule.html
keep cqc foi-close 1 --reason "answered"
keep cqc foi-list
keep cqc foi-search 'JANE  DOE'
keep cqc record "$wrong" --history
keep cqc records

#
# Providers.
#
row() {
	printf '"%s","%s","Y56","QMJ","A STREET","","","LONDON","","NW3 2QG",' "$1" "$2"
	printf '"%s","%s","","","","","","","","","","0","","D","","",""\n' "$3" "$4"
}
{
	row RAL 'ROYAL FREE LONDON NHS FOUNDATION TRUST' 19910401 ''
	row RVL 'BARNET AND CHASE FARM HOSPITALS NHS TRUST' 19990401 20140630
} >trusts.csv
keep ccg provider-import trusts.csv --as ods-trusts
keep ccg provider-import trusts.csv --as ods-trusts --dry-run
keep ccg provider-relate RAL --commissioner 08R --host --home-group "$G" \
	--site 'RAL01=Royal Free Hospital' --to "$G" --yes
keep ccg provider-list
keep ccg provider-show RAL
keep ccg provider-list --all
keep ccg provider-show RVL

#
# Records, each kind of them.
#
until_true 30 sh -c "'$QSG' --home ccg audit shared --json |
	jq -e 'any(.[]; .receipt != null)'" || die 'nobody signs'
keep ccg records
keep cqc records --all
keep ccg records --all
keep ccg record "$set"
keep ccg record "$overridden"
keep ccg record "$decided"
for id in $(of records '[group_by(.type)[][0]] | .[].id'); do
	keep ccg record "$id"
	keep ccg audit-record "$id"
done
keep ccg record "$item"
keep cqc record "$item"
keep ccg audit-record "$item"
keep cqc audit-record "$item"
keep ccg audit-shared --with CQC
cosigned() {
	q ccg status --json | jq -e '.witnesses | .cosigned > 0' >/dev/null
}
until_true 30 cosigned || die 'nobody cosigns'
keep ccg audit-log
keep ccg audit-witnesses
keep ccg audit-proof "$item"
keep ccg audit-export --all --open --out all.tar
keep ccg audit-check all.tar
keep ccg audit-check all.tar --trust "$(fingerprint ccg)"
keep ccg verify

#
# The end of a record.
#
keep ccg retention-show
ended=$(tell ccg 'To be erased' --to CQC)
arrives cqc "$ended"
keep cqc erase-hold "$ended" --reason 'an inquest' --until 2099-12-31
keep cqc erase-list
keep ccg erase "$ended" --reason 'shared by mistake' --dry-run
keep ccg erase "$ended" --reason 'shared by mistake' --yes
erasing_is() {
	q ccg audit record "$ended" --json |
		jq -e --arg to "$1" '.erasures[0].readers[0].answer == $to' >/dev/null
}
until_true 30 erasing_is kept || die 'nobody keeps it'
keep ccg audit-record "$ended"
keep cqc record "$ended"
# Its name has a hyphen more than it has words.
q cqc erase release-hold "$ended" --json >out/erase-release-hold.1.json ||
	die 'erase release-hold'
until_true 30 erasing_is 'done' || die 'nobody erases it'
keep ccg record "$ended"
printf '[rule]\ntype = relation\nverdict = keep\n[rule]\ntype = feedback\nverdict = erase\nafter = 0\n' >rules
keep cqc retention-set rules
keep cqc retention-show
keep area retention-set rules
keep area retention-run --dry-run
keep area retention-run --yes

#
# An organisation that contradicts itself: two copies of one home, each with a
# peer of its own, which then meet.
#
start twin
meet twin ccg
meet twin kent
first=$(tell twin 'before the copy' --to 08R --to Q67)
arrives ccg "$first"
arrives kent "$first"
stop twin
cp -a twin other
stop kent
start twin
until_true 30 connected twin ccg || die 'the twin does not come back'
first=$(tell twin 'one history' --to 08R --to Q67)
arrives ccg "$first"
kill_hard twin
stop ccg
start kent
start other --accept-head
until_true 30 connected other kent || die 'the copy does not connect'
first=$(tell other 'another history' --to 08R --to Q67)
arrives kent "$first"
kill_hard other
start ccg
contradicts() {
	q ccg audit evidence --json | jq -e 'length > 0' >/dev/null
}
until_true 60 contradicts || die 'no evidence is found'
keep ccg audit-evidence-list
keep ccg audit-evidence
evidence=$(of audit-evidence '.[0].evidence')
keep ccg audit-evidence-show "$evidence"
keep ccg audit-evidence-export "$evidence" --out evidence.txt
keep ccg audit-check evidence.txt --trust "$(fingerprint twin)"
keep ccg audit-export --all --out sealed.tar
keep ccg audit-check sealed.tar
q ccg audit export --out acts.tar --record "$wrong" --with-activity >/dev/null ||
	die 'export of activity'
keep ccg audit-check acts.tar

#
# What is refused, and the end of it all.
#
refused() {
	q ccg quarantine --json | jq -e 'any(.[]; .kept and .size > 0)' >/dev/null
}
until_true 30 refused || die 'nothing is refused'
keep ccg quarantine-list
keep ccg quarantine-show \
	"$(of quarantine-list '[.[] | select(.kept and .size > 0)][0].item')" --out bytes
keep ccg peer-refuse 07M --reason 'two of them'
keep ccg peer-admit 07M
keep ccg status

#
# A group loses one, its convenor, and one more.
#
keep area group-invite "$G" twin.card --as other --fingerprint "$(fingerprint twin)"
keep area group-remove "$G" 07M --reason 'decided by the group' \
	--decided-on 2013-02-01
epoch=$(of group-remove .epoch)
told() {
	q "$1" group show "$G" --json | jq -e --argjson n "$epoch" \
		'.epoch == $n' >/dev/null
}
for home in ccg cqc watch kent; do
	until_true 30 told "$home" || die "$home is not told of the removal"
done
keep ccg group-show "$G"
kill_hard area
for home in ccg cqc; do
	keep "$home" group-succeed "$G" Q67 --reason 'the area team is no more'
done
candidates() {
	q ccg group show "$G" --json | jq -e '.candidates[0].voices == 2' >/dev/null
}
until_true 30 candidates || die 'the voices are not shown'
keep ccg group-show "$G"
keep watch group-succeed "$G" Q67
named() {
	q kent group show "$G" --json | jq -e '.convenor.code == "Q67"' >/dev/null
}
until_true 30 named || die 'nobody is named'
keep kent group-convene "$G"
keep watch group-leave "$G" --reason 'merged with another'
keep watch keys-rotate-log --passphrase-file pf
keep watch status
keep kent group-list
keep kent verify

#
# Accounts, and what was done. Last: of several accounts, each is one person.
#
keep kent account-add jo --role viewer --role approver --unix-user 65534 \
	--scope "$G"
keep kent account-scope jo --scope "$G"
keep kent account-password jo --new-password-file pf
keep kent account-disable jo
keep kent account-enable jo
keep kent account-list
keep kent account-whoami
keep kent activity

#
# All of that, against the schemas.
#
api kent record '{"id":"ffff"}' >out/error.1.json
"$QSG" help --man | sed -n 's/^## qsg //p' >commands
/usr/bin/python3 "$QSG_TOP/tests/e2e/schemas.py" "$QSG_TOP/proto/json" out \
	commands || die 'what is printed and the schemas are not the same'

# An output that is not as its schema says is found, through the whole of it.
mkdir broken
jq '.counts.concerns = "two"' out/provider-show.1.json >broken/provider-show.1.json
jq 'del(.[0].addressees[0].state)' out/requests.1.json >broken/requests.1.json
jq '.entries[0].colour = "red"' out/group-show.1.json >broken/group-show.1.json
/usr/bin/python3 "$QSG_TOP/tests/e2e/schemas.py" "$QSG_TOP/proto/json" broken \
	>said && die 'what is broken is not found'
for words in "provider-show.1.json: at /counts/concerns: 'two'" \
	"requests.1.json: at /0/addressees/0: 'state' is a required" \
	"group-show.1.json: at /entries/0: "; do
	check "found: $words" grep -qF "$words" said
done
echo 'passed'
