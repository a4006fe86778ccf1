#!/usr/bin/env bash
# A risk summit is told to somebody who was not there: each statement of the
# page, of three who hold different things, is held against the records that it
# names; and a bundle of it says who knew what when.
# M700 M701 M702 M703 M704 M705 M706
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

G='South London QSG'
CHECK=$QSG_TOP/tests/e2e/report.py
org area 'NHS England South London' Q71 nhs-england-area-team
org ccg 'NHS <b>Merton</b> CCG' 08R ccg
org cqc 'Care Quality Commission' CQC cqc
org watch 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
org police 'Metropolitan Police' local:police police
for home in area ccg cqc watch police; do
	printf 'witness.interval = 1s\nreceipts.interval = 1\n' >>"$home/config"
	start "$home"
	q "$home" card >"$home.card"
done

check 'a group is founded' q area group create "$G" --level local \
	--region 'London QSG' --person 'Area Director'
joined() {
	[ "$(q "$1" group show "$G" --json | jq -r .members)" = 4 ]
}
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
for home in area ccg cqc watch; do
	until_true 30 joined "$home" || die "$home does not see four members"
done
meet ccg police

# say HOME COMMAND...: the id alone.
say() {
	local home=$1
	shift
	q "$home" summit "$@" --yes 2>say.err | tail -n 1
}
# everywhere ID HOME...
everywhere() {
	local id=$1 home
	shift
	for home in "$@"; do
		has "$home" "$id" || die "$home does not get $id: $(cat say.err)"
	done
}

#
# What happens. One is down at first; the concern tries to be more than text.
#
stop watch
seen=$(tell ccg 'The rota was altered after the fact' --private)
kept=$(tell cqc 'An inspector was told the same' --to 08R --onward none)
has ccg "$kept" || die 'the CCG does not get what CQC says'
hostile='Deaths at night. <script src="https://x/">x()</script>
&lt; "q" \x41 שלום'
summit=$(say ccg trigger --provider RAL --concern "$hostile" --urgency 24h \
	--group "$G" --evidence "$seen" --evidence "$kept")
[ -n "$summit" ] || die "trigger: $(cat say.err)"
everywhere "$summit" area cqc
say area respond "$summit" nothing-held --text 'We looked' >/dev/null
say cqc respond "$summit" attending >/dev/null
first=$(say area judge "$summit" --finding none --text 'No sign of it yet')
newer=$(say area judge "$summit" --finding potential-serious-failing \
	--text 'Since then two staff have called us')
breach=$(say cqc judge "$summit" --finding breach --text 'Regulation 9')
ours=$(say ccg judge "$summit" --finding none --text 'Staffing is as agreed')
everywhere "$breach" area ccg
everywhere "$ours" area cqc
everywhere "$newer" ccg cqc

q area summit report "$summit" >early.txt || die 'report'
check 'who is not reached reads so at its caller' sh -c \
	"'$QSG' --home ccg summit report '$summit' |
		grep 'Healthwatch Merton.*Not reached: no receipt'"
check 'and elsewhere as one of whom nothing is known' \
	grep -q 'Healthwatch Merton.*No answer is held here' early.txt
start watch
has watch "$summit" || die 'the trigger does not reach who was down'
question=$(say cqc impact "$summit" ask --considered 'closing ward 4 at night' \
	--text 'What would you have to take on?')
everywhere "$question" area ccg watch
say area impact "$summit" answer --question "$question" --text 'Ten beds' \
	>/dev/null
invited=$(say ccg invite "$summit" local:police --text 'Please come')
has police "$invited" || die "invite: $(cat say.err)"

nominated=$(say ccg ring "$summit" nominate Q71)
everywhere "$nominated" area cqc
accepted=$(say area ring "$summit" accept)
everywhere "$accepted" ccg cqc watch
for home in ccg cqc watch; do
	say "$home" ring "$summit" agree Q71 >/dev/null
done
holds_ring() {
	q "$1" summit show "$summit" --json |
		jq -e '.ring_holder.code == "Q71"' >/dev/null
}
for home in area ccg cqc watch; do
	until_true 30 holds_ring "$home" || die "$home does not see the ring held: $(cat say.err)"
done

meeting=$(say area convene "$summit" --at "$(date -u -d '+4 seconds' +%FT%TZ)" \
	--place 'Room <1>' --purpose response)
everywhere "$meeting" ccg cqc watch
note() {
	note=$(say area meeting "$summit" note --meeting "$meeting" \
		--text 'Agreed: walk the wards at night.')
	[ -n "$note" ]
}
say ccg meeting "$summit" attend --meeting "$meeting" \
	--who chief-nurse=Somebody >/dev/null
until_true 20 note || die "note: $(cat say.err)"
everywhere "$note" ccg cqc watch
say ccg meeting "$summit" agree --meeting "$note" >/dev/null
dissent=$(say cqc meeting "$summit" dissent --meeting "$note" --text 'Too late')
everywhere "$dissent" area

for each in professional-standards=nothing-arises \
	adult-safeguarding=protocol-followed child-safeguarding=board-engaged; do
	say area check "$summit" "${each%%=*}" --answer "${each#*=}" \
		--text 'The board was told' >/dev/null
done
action=$(q ccg action add --summit "$summit" --aim safeguard --provider RAL \
	--what 'Walk the wards at night' --owner Q71 --to CQC \
	--due "$(date -d '+2 days' +%F)" 2>say.err | tail -n 1)
has area "$action" || die "action: $(cat say.err)"
q area action accept "$action" --yes >/dev/null || die 'accept'
acted=$(q cqc action add --summit "$summit" --aim improvement --provider RAL \
	--what 'A warning notice' --judgement "$breach" --to Q71 --to 08R \
	2>say.err | tail -n 1)
has area "$acted" || die "CQC acts: $(cat say.err)"
q area action close "$action" --text 'Walked twice' --yes >/dev/null ||
	die 'close'
q cqc action close "$acted" --yes >/dev/null || die 'close'
down() {
	over=$(say area stand-down "$summit" --reason 'All is done')
	[ -n "$over" ]
}
until_true 30 down || die "stand down: $(cat say.err)"
everywhere "$over" ccg cqc watch
objection=$(say watch object "$summit" --text 'The families were not asked')
everywhere "$objection" area ccg cqc

#
# What is told of it.
#
# signed HOME: whoever is up has signed for the objection, as far as HOME knows.
signed() {
	q "$1" summit report "$summit" --json | jq -e --arg id "$objection" \
		'[.sections[] | select(.key == "known") | .statements[]
			| select(.under and .of == [$id])] | length >= 2' >/dev/null
}
until_true 30 signed watch || die 'nobody signs for the objection'
# told HOME: each statement of its page is true.
told() {
	local home=$1
	rm -f "$home.html"
	q "$home" summit report "$summit" --out "$home.html" --json \
		>"$home.report" 2>told.err || die "report of $home: $(cat told.err)"
	q "$home" summit show "$summit" --json >"$home.show" || die 'show'
	q "$home" summit timeline "$summit" --json >"$home.timeline" ||
		die 'timeline'
	/usr/bin/python3 "$CHECK" "$QSG" "$home" "$home.html" "$home.report" \
		"$home.show" "$home.timeline" "$home.asked" >told.txt 2>&1 || {
		cat told.txt >&2
		die "the report of $home"
	}
}
for home in ccg area watch; do
	check "each statement of $home holds" told "$home"
done
says() {
	grep -qF -- "$2" "$1.html"
}
check 'mark-up is text' says area '&lt;script src=&quot;https://x/&quot;&gt;'
check 'what looks like an escape is none' says area '\\x41'
check 'evidence is named' says watch 'made a record of the type intelligence'
check 'and is an id where it was not granted' says watch \
	'A record that cannot be read here, cited by '
check 'its own author reads it' sh -c '! grep -q "cannot be read here" ccg.html'
check 'what it says is not told' sh -c \
	'! grep -qE "rota was altered|inspector was told" ./*.html'
check 'the older judgement stays' says ccg 'No sign of it yet'
[ -n "$first" ] || die 'no first judgement'
fails 1 'there already' q area summit report "$summit" --out area.html
fails 2 'ends in .html' q area summit report "$summit" --out area.pdf
fails 1 'no record ffff is held here' q area summit report ffff
fails 1 'risk summit' q area summit report "$seen"
fails 1 'nothing to report' q police summit report "$summit"
check 'people read it on a terminal' sh -c \
	"'$QSG' --home area summit report '$summit' | grep -q 'stood the summit down'"

# A false page is seen.
for change in 's/judged: breach/judged: no breach/' \
	's/The families were not asked/The families agreed/' \
	's/neither agreed to the note/agreed to the note/' \
	's/It answered: nothing held/Not reached: no receipt of that is held/' \
	's/signed for it/received it/' 's/The summit is over/The summit goes on/' \
	's/: closed/: accepted/' 's/holds the ring, term 1/held the ring, term 1/'; do
	sed "$change" area.html >false.html
	cmp -s area.html false.html && die "nothing to change: $change"
	/usr/bin/python3 "$CHECK" "$QSG" area false.html area.report area.show \
		area.timeline area.asked >false.txt 2>&1 && die "unseen: $change"
	# Nor when the JSON of the report says the same.
	sed "$change" area.report >false.report
	cmp -s area.report false.report ||
		! /usr/bin/python3 "$CHECK" "$QSG" area false.html \
			false.report area.show area.timeline area.asked >false.txt 2>&1 ||
		die "unseen in both: $change"
done
echo 'ok: a false page is seen'

#
# The bundle.
#
known="$summit:Q71 $breach:Q71 $over:local:healthwatch/merton
	$first:CQC $action:Q71"
# heard RECORD:CODE: area holds a receipt of this code for the record.
heard() {
	q area summit report "$summit" --json | jq -e --arg id "${1%%:*}" \
		--arg code "${1#*:}" 'any(.sections[] | select(.key == "known") |
			.statements[]; .of == [$id] and .who_code == $code and
			.says[0].own == "signed for it")' >/dev/null
}
for each in $known; do
	until_true 30 heard "$each" || die "no receipt for $each"
done
check 'it is exported' q area audit export --summit "$summit" --open \
	--out area.tar
"$QSG" audit check area.tar --json >checked.json || die 'check'
same 'and consistent' true "$(jq .consistent checked.json)"
# knew RECORD CODE: somebody of this code signed for it.
knew() {
	local name
	name=$(q area summit show "$summit" --json | jq -r --arg c "$2" \
		'.sides[] | select(.code == $c) | .name')
	jq -e --arg r "$1" --arg n "$name" 'any(.disclosures[];
		.record == $r and .reader_name == $n and .signed_at != null)' \
		checked.json >/dev/null
}
for each in $known; do
	check "it says who knew of ${each:0:12}" knew "${each%%:*}" "${each#*:}"
done
check 'sealed, it is exported, too' q cqc audit export \
	--summit "${summit:0:12}" --out cqc.tar
check 'and holds' "$QSG" audit check cqc.tar
fails 1 'no record ffff is held here' q area audit export --summit ffff \
	--out x.tar
fails 1 'risk summit' q area audit export --summit "$seen" --out x.tar
for home in area ccg cqc watch; do
	check "$home verifies" q "$home" verify
done
echo 'passed'
