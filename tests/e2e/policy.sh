#!/usr/bin/env bash
# An organisation's own sharing policy, four eyes, and the questions before
# something is sealed. M340 M341 M342 M343 M344 M345 M346 M348 M350 M351 M352
# M353 M354
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

item=(--provider RAL --kind soft --text 'call bells unanswered')
said() {
	q A "$@" --json 2>said.err
}
decision_of() {
	q A record "$(q A record "$1" --json | jq -r '.decides[0]')" --json |
		jq -r "$2"
}

# Without a policy naming readers is an answer, and nothing is noted.
check 'no policy is none' [ "$(said policy show | jq -r .record)" = null ]
shared=$(said share --to 08R --source pals "${item[@]}")
check 'naming readers is an answer' \
	jq -e '.record != null and .policy == null and .decision_record == null' \
	<<<"$shared"

# What does not hold together is refused, with its lines.
printf '[rule]\nsource = media\nverdict = share\n\n[rule]\nsource = media\nverdict = never\n' >bad
fails 1 'lines 1 and 5 have the same conditions' q A policy set bad
printf '[rule]\nverdict = ask me\n[rule]\nsource = media\nverdict = never\n' >bad
fails 1 'line 3: the rule can never decide, as the rule of line 1' q A policy set bad
printf '[rule]\nsource = gossip\nverdict = share\n' >bad
fails 1 'line 2: source must be one of' q A policy set bad
printf '[rule]\ncolour = red\n' >bad
fails 1 'line 2: colour is no condition' q A policy set bad
fails 1 'nowhere' q A policy set nowhere
check 'nothing of that came into force' \
	[ "$(said policy show | jq -r .record)" = null ]

cat >rules <<'INI'
; whistleblowers
[rule]
source = whistleblower
to = 08R
verdict = never
note = they would know who it is

[rule]
source = whistleblower
verdict = four eyes

[rule]
source = pals
verdict = share

[rule]
source = complaint
verdict = ask me
INI
set=$(said policy set rules)
check 'a policy is set' jq -e '(.rules | length) == 4 and .warnings == []' <<<"$set"
same 'and shown as it stands' "$(cat rules)" "$(said policy show | jq -r .text)"
check 'with the record it stands in' \
	[ "$(said policy show | jq -r .record)" = "$(jq -r .record <<<"$set")" ]
check 'which is for nobody else' \
	[ "$(q A record "$(jq -r .record <<<"$set")" --json | jq '.audience | length')" = 1 ]

# A test explains, reader by reader, and seals nothing.
held=$(holds A)
tested=$(said policy test --to 08R --to CQC --source whistleblower --provider ral)
same 'each reader has its rule' '2 never|8 four-eyes' "$(jq -r \
	'[.readers | sort_by(.line)[] | "\(.line) \(.verdict)"] | join("|")' <<<"$tested")"
same 'and the strictest counts' never "$(jq -r .verdict <<<"$tested")"
check 'people read the same' sh -c "\"$QSG\" --home A policy test --to 08R \
	--source whistleblower | grep -q 'the policy says never in line 2'"
q A policy test --to 08R --source complaint --stance concern --significant \
	>test.txt || die 'policy test'
check 'of what scripts say it names what is asked for alone' \
	grep -qF '(in scripts: --without-cqc)' test.txt
fails 1 'source must be one of' q A policy test --to 08R --source gossip
fails 1 'type must be one of' q A policy test --to 08R --type roster
same 'a test seals nothing' "$held" "$(holds A)"

# share, ask me.
shared=$(said share --to 08R --source pals "${item[@]}")
record=$(jq -r .record <<<"$shared")
same 'the rule that decided is shown' '12 share' \
	"$(jq -r '.policy | "\(.line) \(.verdict)"' <<<"$shared")"
same 'and kept' 'share source = pals; verdict = share' \
	"$(decision_of "$record" '"\(.decision.verdict) \(.decision.rule)"')"
shared=$(said share --to 08R --source complaint "${item[@]}")
same 'naming readers answers ask me' ask-me \
	"$(jq -r '.policy.verdict' <<<"$shared")"

# never: the strictest of all readers counts.
fails 1 'the policy says never, in line 2' \
	q A share --to 08R --source whistleblower "${item[@]}"
fails 1 'the policy says never, in line 2' \
	q A share --to 08R --to CQC --source whistleblower "${item[@]}" --asked-by Someone
check 'its log notes that' grep -q 'refused: line 2 says never, for NHS Merton CCG' A.err
check 'and nothing of the content' sh -c "! grep -q 'call bells' A.err"

# four eyes.
q A share --dry-run --to CQC --source whistleblower "${item[@]}" \
	--asked-by 'Director of Quality' >dry.out 2>dry.err || die 'dry run'
same 'a dry run says that it would wait' 'it would wait for a second person' \
	"$(cat dry.out dry.err | tail -n 1)"
q A policy test --to CQC --source whistleblower >test.txt || die 'policy test'
same 'so does a test, spelt as the policy is' \
	'four eyes; it would wait for a second person' "$(tail -n 1 test.txt)"
fails 1 'say who asks, with --asked-by' \
	q A share --to CQC --source whistleblower "${item[@]}"
shared=$(said share --to CQC --source whistleblower "${item[@]}" \
	--asked-by 'Director of Quality' --source-identity 'the night sister')
same 'it waits for a second person' '1 null' \
	"$(jq -r '"\(.release) \(.record)"' <<<"$shared")"
kill_hard A
start A
waiting=$(said release list)
same 'over a power cut, too' 'Director of Quality|Care Quality Commission|call bells unanswered' \
	"$(jq -r '.[0] | "\(.asked_by)|\(.readers[0].name)|\(.text)"' <<<"$waiting")"
check 'with its age' jq -e '.[0].age_s >= 0' <<<"$waiting"
check 'people read the same' sh -c "\"$QSG\" --home A release list | grep -q 'asked for by Director of Quality'"
q A release list >waiting.txt || die 'release list'
check 'where all of one is shown, is named' grep -q 'qsg release show ID' waiting.txt
q A release show 1 >one.txt || die 'release show'
check 'all of it is shown' grep -q 'asked for by Director of Quality' one.txt
check 'but who the source was' sh -c '! grep -q "night sister" one.txt'
fails 1 'nothing waits under number 7' q A release show 7
fails 1 'another person has to decide' \
	q A release approve 1 --person 'director  OF quality'
fails 1 'another person has to decide' \
	q A release approve 1 --person 'directorofquality'
fails 1 'nothing waits under number 7' q A release approve 7 --person Another
approved=$(said release approve 1 --person 'Director of Nursing')
record=$(jq -r .record <<<"$approved")
until_true 30 sh -c "\"$QSG\" --home C record $record --json | jq -e '.text == \"call bells unanswered\"'" ||
	die 'CQC gets what was approved'
same 'both persons are kept' \
	'four-eyes Director of Quality Director of Nursing 8' "$(decision_of "$record" \
	'.decision | "\(.verdict) \(.asked_by) \(.approved_by) \(.line)"')"
same 'nothing waits any more' '[]' "$(said release list | jq -c .)"
fails 1 'nothing waits under number 1' q A release approve 1 --person Another

q A audit record "$record" >life.txt || die 'audit record'
check 'its life tells who asked' grep -q 'asked for by Director of Quality$' life.txt
check 'and who approved, by which rule' \
	grep -q 'approved by Director of Nursing, by the rule of line 8, in ' life.txt
q A records --all --type decision >decisions.txt || die 'decisions'
check 'the list of decisions says so' grep -q \
	"decision on ${record:0:12}: four eyes, approved by Director of Nursing" decisions.txt

# Who the source was stays at home.
source=$(q A record "$record" --json | jq -r '.source_of[0]')
same 'the source is a record of its own' 'the night sister' \
	"$(q A record "$source" --json | jq -r .text)"
same 'for nobody else' 1 "$(q A record "$source" --json | jq '.audience | length')"
# M285
q A audit export --out opened.tar --all --open >export.txt || die 'a bundle of all'
check 'how many are opened is told, and how many of them are private' \
	grep -qE '^opened.tar: [0-9]+ records, [0-9]+ opened, [0-9]+ of them private$' export.txt
mkdir bundle && tar -C bundle -xf opened.tar
check 'what was shared is open in a bundle' grep -rqa 'call bells unanswered' bundle
check 'who the source was is not' sh -c "! grep -rqa 'night sister' bundle"
for words in 'Director of Quality' 'Director of Nursing' 'they would know who'; do
	check "nor \"$words\"" sh -c "! grep -rqa '$words' bundle"
done
check 'and the bundle holds' q A audit check opened.tar
check 'and not with the reader' sh -c "! \"$QSG\" --home C records --all --json | grep -q 'night sister'"
check 'nor in what it reads' \
	sh -c "\"$QSG\" --home C record $record --json | jq -e 'has(\"source_of\") | not'"

# Refused by the second person.
said share --to CQC --source whistleblower "${item[@]}" --asked-by 'Director of Quality' >/dev/null
fails 1 'another person has to decide' q A release refuse 2 \
	--person 'Director of Quality' --reason no
fails 1 '--reason' q A release refuse 2 --person 'Director of Nursing' --reason ' '
refusal=$(said release refuse 2 --person 'Director of Nursing' --reason 'ask them first' |
	jq -r .record)
same 'a refusal is kept' 'Director of Nursing ask them first RAL' \
	"$(q A record "$refusal" --json | jq -r '.decision | "\(.refused_by) \(.reason) \(.provider)"')"
q A records --all --type decision >decisions.txt || die 'decisions'
check 'the list of decisions tells of it' grep -q \
	'decision about RAL: four eyes, refused by Director of Nursing' decisions.txt
same 'and nothing was shared' 1 \
	"$(q C records --json | jq '[.[] | select(.source == "whistleblower")] | length')"

# The policy of the moment of approval counts.
said share --to CQC --source whistleblower "${item[@]}" --asked-by 'Director of Quality' >/dev/null
printf '[rule]\nsource = whistleblower\nverdict = never\n' >never
said policy set never >/dev/null
fails 1 'the policy says never, in line 1' \
	q A release approve 3 --person 'Director of Nursing'
same 'it waits still' 3 "$(said release list | jq '.[0].release')"
said policy set rules >/dev/null
check 'and is approved under another' q A release approve 3 --person 'Director of Nursing'

# A significant concern that leaves CQC out.
fails 1 'needs a reason: --without-cqc' q A share --to 08R --source pals \
	--significant --stance concern "${item[@]}"
fails 1 'only a concern' q A share --to CQC --source pals \
	--significant --stance assurance "${item[@]}"
record=$(said share --to 08R --source pals --significant --stance concern \
	--without-cqc 'they told us' "${item[@]}" | jq -r .record)
same 'why is kept' 'they told us' "$(decision_of "$record" .decision.without_cqc)"
check 'with CQC nothing is asked' q A share --to 08R --to CQC --source pals \
	--significant --stance concern "${item[@]}"
check 'readers with a duty are named' sh -c "\"$QSG\" --home A share --dry-run \
	--to CQC --source pals --provider RAL --kind soft --text x |
	grep -q 'cqc (as it says itself): has a duty to act: regulates the provider'"

# Days, groups of providers, pointers.
fails 1 'the day of review must not be before today' q A share --to 08R \
	--source pals --review-on 2013-01-31 "${item[@]}"
fails 1 'the day observed must not be after today' q A share --to 08R \
	--source pals --observed 2999-01-31 "${item[@]}"
fails 1 'has no text' q A share --to 08R --source pals --pointer-only "${item[@]}"
record=$(said share --to 08R --source pals --kind soft --pointer-only \
	--provider-group 'acute trusts of south London' | jq -r .record)
same 'an item about several providers' 'acute trusts of south London true' \
	"$(q A record "$record" --json | jq -r '"\(.provider_group) \(.pointer_only)"')"

# Indicators fall under the policy as well.
printf '[rule]\ntype = indicator\nverdict = four eyes\n' >eyes
said policy set eyes >/dev/null
data="$(dirname "$0")/data/ae_sample.csv"
fails 1 'say who asks' q A import "$data" --as ae-attendances --to 08R
imported=$(said import "$data" --as ae-attendances --to 08R --asked-by 'Analyst One')
check 'indicators wait for a second person' jq -e '.releases > 0 and .records == []' <<<"$imported"
first=$(said release list | jq '.[0].release')
check 'and are approved' q A release approve "$first" --person 'Analyst Two'
check 'what was shared meanwhile adds nothing' \
	sh -c "\"$QSG\" --home A import '$data' --as ae-attendances --to 08R --asked-by 'Analyst One' --json |
	jq -e '.same >= 1'"

# Whoever is asked is told that it goes to a second person first.
printf '[rule]\ntype = corroboration\nverdict = four eyes\n' >eyes
said policy set eyes >/dev/null
heard=$(q C share --to 07M --provider RAL --kind soft --source visit \
	--text 'Corridors are full' --json 2>/dev/null | jq -r .record)
check 'A hears of it' has A "$heard"
/usr/bin/python3 "$(dirname "$0")/talk.py" \
	'Put it before a second person, for this one?' n -- "$QSG" --home A \
	corroborate "$heard" --text 'So we saw' --asked-by 'Analyst One' >talked
same 'the question says so, and no is no' 1 $?

# All that a record would show is shown of it before.
q A policy set - <<'INI' >/dev/null || die 'policy for relations'
[rule]
type = relation, judgement, answer, intelligence, indicator
verdict = four eyes
INI
waits() {
	said "$@" --asked-by 'Director of Quality' | jq .release
}
shown() { # WORDS...: in what is shown of the last
	local words
	q A release show "$number" >one.txt || die "release show $number"
	for words; do
		check "shown before it is shared: $words" grep -qF "$words" one.txt
	done
}
number=$(waits share --to CQC --source pals "${item[@]}" --site RAL01 --service A \
	--ward 'Ward 7' --dimension safety --caveat 'one ward' --certainty likely \
	--marking official --onward ask --review-on 2999-01-31 --stance concern \
	--role nursing-director --person 'Director of Nursing')
shown RAL01 'Ward 7' safety 'one ward' likely official ask 2999-01-31 concern \
	nursing-director
same 'in JSON, too' 'nursing-director Director of Nursing' \
	"$(said release show "$number" | jq -r '"\(.role) \(.person)"')"
number=$(waits judge RAL --view regular-review --text 'Watch it' --to CQC)
shown 'judgement about RAL: regular-review' 'Watch it'
number=$(waits provider relate RAL --commissioner 07M --host --site RAL01=North --to CQC)
shown 'commissioned  07M, host' 'RAL01, North'
asked=$(q C ask 07M --provider RAL --purpose 'Safe?' --json | jq -r .record)
check 'A is asked' has A "$asked"
number=$(waits answer "$asked" --text 'It is' --record "$record" --yes)
shown "answers       $asked" "cites         $record"
same 'what it refers to' "$asked" "$(said release list | jq -r \
	'.[-1].references[] | select(.relation == "answers") | .record')"
number=$(said import "$data" --as ae-attendances --to CQC \
	--asked-by 'Director of Quality' >/dev/null; said release list | jq '.[-1].release')
shown 'of NHS England' rows
check 'every row of them' [ "$(grep -c '^  R' one.txt)" = \
	"$(said release show "$number" | jq .rows)" ]
check 'all of it verifies' q A verify
stop A
stop B
stop C
