#!/usr/bin/env bash
# The register of providers and the picture of one: weak signals of three
# organisations, apart and together. The real file of trusts where it is.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS England London' Q71 nhs-england-area-team
org C 'Care Quality Commission' CQC cqc
start A
start B
start C
meet A B
meet A C
meet B C

row() {
	printf '"%s","%s","Y56","QMJ","A STREET","","","LONDON","","NW3 2QG",' "$1" "$2"
	printf '"%s","%s","","","%s","","","","","","","0","","D","","",""\n' "$3" "$4" "$5"
}
{
	row RAL 'ROYAL FREE LONDON NHS FOUNDATION TRUST' 19910401 '' ''
	row RAP 'NORTH MIDDLESEX UNIVERSITY HOSPITAL NHS TRUST' 19921101 '' ''
	row RVL 'BARNET AND CHASE FARM HOSPITALS NHS TRUST' 19990401 20140630 ''
} >trusts.csv
{
	row RAL01 'ROYAL FREE HOSPITAL' '' '' ''
	row RAL26 'BARNET HOSPITAL' '' '' ''
} >sites.csv
row E83003 'OAKLEIGH ROAD CLINIC' 19740401 '' 07M >practices.csv

# The register.
summary=$(q A provider import trusts.csv --as ods-trusts --dry-run --json) ||
	die 'dry run'
same 'a dry run counts' '3 3 3 0' \
	"$(jq -r '"\(.rows) \(.entries) \(.new) \(.records)"' <<<"$summary")"
same 'and adds nothing' 0 "$(q A provider list --all --json | jq length)"
summary=$(q A provider import trusts.csv --as ods-trusts --json 2>import.err)
same 'three trusts in one record' '3 0 0 1' \
	"$(jq -r '"\(.new) \(.changed) \(.same) \(.records)"' <<<"$summary")"
check 'no progress bar off a terminal' [ ! -s import.err ]
same 'the same file adds nothing' '0 0 3 0' \
	"$(q A provider import trusts.csv --as ods-trusts --json |
		jq -r '"\(.new) \(.changed) \(.same) \(.records)"')"
q A provider import sites.csv --as ods-sites >/dev/null || die 'sites'
q A provider import practices.csv --as ods-practices >/dev/null || die 'practices'
show() { q "$1" provider show "$2" --json | jq -r "$3"; }
same 'who it is' 'ROYAL FREE LONDON NHS FOUNDATION TRUST, foundation-trust, QMJ, 2' \
	"$(show A RAL '"\(.name), \(.type), \(.area), \(.sites | length)"')"
same 'a closed one' 2014-06-30 "$(show A rvl .closed_on)"
same 'a site knows its trust' RAL "$(show A RAL26 .site_of)"
same 'a practice and its commissioner' 'primary-care NHS Barnet CCG' \
	"$(show A E83003 '"\(.type) \(.commissioners[0].name)"')"
sed 's/NORTH MIDDLESEX/NORTH MIDDX/' trusts.csv >changed.csv
same 'a changed name takes its place' '0 1 2 1' \
	"$(q A provider import changed.csv --as ods-trusts --json |
		jq -r '"\(.new) \(.changed) \(.same) \(.records)"')"
same 'it did' 'NORTH MIDDX UNIVERSITY HOSPITAL NHS TRUST' "$(show A RAP .name)"
check 'no address is kept' sh -c "'$QSG' --home A provider show RAL --json |
	grep -vq 'NW3\|A STREET'"
{
	cat trusts.csv
	row 'R!' 'X NHS TRUST' '' '' ''
	echo 'RAX,short'
} >bad.csv
q A provider import bad.csv --as ods-trusts >bad.out 2>bad.err
same 'bad rows refuse the file' 1 $?
check 'with line numbers' grep -q '^line 4: code' bad.err
check 'all of them' grep -q '^line 5: 27 fields expected, 2 found' bad.err
same 'nothing was imported' 'NORTH MIDDX UNIVERSITY HOSPITAL NHS TRUST' \
	"$(show A RAP .name)"
same 'unless they may be skipped' '1 2' \
	"$(q A provider import bad.csv --as ods-trusts --skip-bad --json \
		2>/dev/null | jq -r '"\(.changed) \(.bad_rows)"')"
fails 2 'no register' q A provider import trusts.csv --as etr
fails 1 '27 columns' q A provider import pf --as ods-trusts
fails 1 'an ODS code' q A provider show '!'
fails 1 'nothing is held about' q B provider show RAP
same 'it is for its importer alone' 0 "$(q B provider list --all --json | jq length)"

# Notes beside it.
q A provider relate RAL --commissioner 07M --host >/dev/null 2>relate.err ||
	die 'relate'
check 'a known code is no surprise' [ ! -s relate.err ]
noted=$(q A provider relate RAL --commissioner 08D --associate 2>relate.err |
	tail -n 1) || die 'relate'
check 'an unknown commissioner is' grep -q 'warning: the commissioner' relate.err
same 'notes add up' '07M host 08D associate' \
	"$(show A RAL '[.commissioners[] | "\(.code) \(.part)"] | join(" ")')"
q A record "$noted" >note.out || die 'record'
check 'the record of a note shows what it says' \
	grep -qx 'commissioned  07M, host' note.out
check 'all of it' grep -qx '              08D, associate' note.out
same 'in JSON, too' 'host associate' \
	"$(q A record "$noted" --json |
		jq -r '[.relation.commissioners[].part] | join(" ")')"
q A provider relate RAL --commissioner 08D --neither --site 'local:ward/x=Ward X' \
	>/dev/null 2>&1 || die 'relate'
same 'and go again' '07M 3' \
	"$(show A RAL '"\(.commissioners | map(.code) | join(" ")) \(.sites | length)"')"
fails 2 '--commissioner' q A provider relate RAL --host
fails 2 'exclude each other' q A provider relate RAL --commissioner 07M --host --neither
fails 1 'CODE=NAME' q A provider relate RAL --site nonsense
fails 1 'say what to note' q A provider relate RAP
fails 1 'no commissioner' q A provider relate RAL --commissioner 'Nobody At All' --host
q A provider relate RAP --commissioner 07M --host --to CQC >/dev/null || die 'relate --to'
noted() { [ "$(q C provider show RAP --json | jq -r '.commissioners[0].name')" = 'NHS Barnet CCG' ]; }
check 'a shared note reaches its reader' until_true 30 noted
fails 1 'nothing is held about' q B provider show RAP

# Weak signals apart.
both=(--to Q71 --to CQC)
a=$(q A share --provider RAL --source complaint --kind soft --stance concern \
	--dimension experience --text 'Call bells unanswered at night' "${both[@]}" 2>warn.err | tail -n 1)
check 'a code of the register is known' sh -c '! grep -q warning warn.err'
q A share --private --provider XX9 --source visit --kind soft --text 'x' \
	>/dev/null 2>warn.err
check 'another is not' grep -q 'provider XX9 is not known' warn.err
b=$(q B share --provider RAL --source healthwatch --kind soft --stance concern \
	--dimension experience --dimension safety --text 'Two families found a ward without a nurse' \
	--to 07M --to CQC 2>/dev/null | tail -n 1)
c=$(q C share --provider RAL --source cqc --kind hard --stance assurance \
	--dimension safety --text 'Staffing met the standard in March' \
	--to 07M --to Q71 2>/dev/null | tail -n 1)
for home in A B C; do
	for id in "$a" "$b" "$c"; do
		check "$home holds it" has "$home" "$id"
	done
done
bears=$(q C corroborate "$a" --yes --source visit --text 'We saw the same' 2>/dev/null | tail -n 1)
judged=$(q A judge RAL --view regular-review --text 'We watch it' "${both[@]}" 2>/dev/null | tail -n 1)
calm=$(q C judge RAL --view none --text 'Nothing out of the ordinary' \
	--to 07M --to Q71 2>/dev/null | tail -n 1)
alarm=$(q B judge RAL --view risk-summit-required --text 'It is not safe' --to 07M --to CQC \
	2>/dev/null | tail -n 1)
asked=$(q A ask CQC --provider RAL --purpose 'Next inspection?' 2>/dev/null | tail -n 1)
for id in "$bears" "$calm" "$alarm"; do
	check 'A gets what is said' has A "$id"
done
check 'C gets the judgements' has C "$alarm"
check 'B gets the judgements' has B "$calm"
check 'B gets the judgements' has B "$judged"
check 'C gets the judgements' has C "$judged"
check 'C gets the request' has C "$asked"

# Plain together.
q A provider show RAL --json >picture.json || die 'show'
picture() { jq -r "$1" picture.json; }
same 'counts' '2 1 0 1 3 1' "$(picture '.counts |
	"\(.concerns) \(.assurances) \(.good_practice) \(.corroborations) \(.judgements) \(.open_requests)"')"
# shellcheck disable=SC2016 # a variable of jq
same 'every count leads to its records' true \
	"$(picture '. as $all | .counts | to_entries | all(.value == ($all.ids[.key] | length))')"
same 'the concerns' "$a $b" "$(picture '.ids.concerns | join(" ")')"
same 'experience: two concerns, three organisations' '2 3 3' \
	"$(picture '.signals[0] | select(.dimension == "experience") |
		"\(.concerns) \(.organisations) \(.sources)"')"
same 'who else can read it' 'CQC Q71' \
	"$(picture ".items[] | select(.id == \"$a\") | [.also_read_by[].code] | sort | join(\" \")")"
same 'who bears it out' "$bears" \
	"$(picture ".items[] | select(.id == \"$a\") | .said[0].id")"
same 'judgements stand side by side' '3 true' \
	"$(picture '"\([.judgements[] | select(.standing == "counts")] | length) \(.opposed)"')"
same 'last discussed is not recorded yet' null "$(picture .last_discussed)"
q A provider show RAL >picture.txt || die 'show'
for words in 'experience: 2 concerns, 3 organisations' 'borne out by Care Quality' \
	'they differ on safety' 'Call bells unanswered' 'not yet recorded' \
	'commissioned by NHS Barnet CCG (07M, host)'; do
	check "people read: $words" grep -qF "$words" picture.txt
done
same 'the list says it short' '2 1 3' "$(q A provider list --json | jq -r \
	'.[] | select(.provider == "RAL") | "\(.concerns) \(.assurances) \(.judgements | length)"')"
same 'a newer judgement takes the place of its own alone' '2 false' "$(
	newer=$(q B judge RAL --view regular-review --text 'They listened' --to 07M --to CQC \
		2>/dev/null | tail -n 1)
	has A "$newer" && q A provider show RAL --json | jq -r \
		'"\([.judgements[] | select(.standing == "counts" and .view == "regular-review")] | length) \(.judgements | length == 3)"'
)"

# One state for those who hold the same.
answered=$(q C answer "$asked" --yes --text 'In May' 2>/dev/null | tail -n 1)
check 'A gets the answer' has A "$answered"
same 'the request is answered' 'answered 0' \
	"$(show A RAL '"\(.requests[0].state) \(.counts.open_requests)"')"
# Of two that are asked, one is silent. M361 M373
pair=$(q A ask CQC Q71 --provider RAL --purpose 'And at night?' 2>/dev/null | tail -n 1)
check 'B gets the second request' has B "$pair"
nothing=$(q B answer "$pair" --yes --nothing-held --to-asker 2>/dev/null | tail -n 1)
check 'A gets the answer of B' has A "$nothing"
same 'it is open all the same' 'open 1 open nothing-held' "$(show A RAL \
	'"\(.requests[] | select(.id == "'"$pair"'") | .state) \(.counts.open_requests) \(
	.requests[] | select(.id == "'"$pair"'") | [.addressees | sort_by(.code)[].state] | join(" "))"')"
same 'and its id stands behind the count' "$pair" "$(show A RAL '.ids.open_requests[]')"
q A provider show RAL >picture.txt || die 'show'
check 'people read who is silent' grep -qE \
	"^  ${pair:0:12}  .*: holds nothing: Q71; open: CQC, 0 days; " picture.txt
check 'and who holds nothing' grep -q \
	"^    ${nothing:0:12}  holds nothing: NHS England London" picture.txt
second=$(q B answer "$pair" --yes --text 'One nurse' --to-asker 2>/dev/null | tail -n 1)
check 'A gets the later answer of B' has A "$second"
q A provider show RAL >picture.txt || die 'show'
check 'one of two has answered' grep -qE \
	"^  ${pair:0:12}  .*: answered by 1 of 2; open: CQC, 0 days; " picture.txt
ac=$(q A share --provider RAP --source visit --kind soft --stance concern \
	--text 'Corridor care' "${both[@]}" 2>/dev/null | tail -n 1)
check 'B gets another item' has B "$ac"
check 'C gets another item' has C "$ac"
q A share --private --provider RAP --source visit --kind soft --text 'For us' >/dev/null 2>&1
hash_of() { show "$1" RAP .state_hash; }
check 'A and B differ: B lacks the note' [ "$(hash_of A)" != "$(hash_of B)" ]
same 'A and C hold the same of what is shared' "$(hash_of A)" "$(hash_of C)"

# A group: whose a finding is to make, and which group looks after whom.
G='North London QSG'
found=$(q C finding RAL --what rating --value inadequate --question safe \
	--text 'Two wards' --to 07M --to Q71 2>/dev/null | tail -n 1)
check 'A gets the finding' has A "$found"
same 'of nobody that a roster knows: it does not count' 'does-not-count false 0' \
	"$(show A RAL '"\(.findings[0] | "\(.standing) \(.confirmed)") \(.counts.findings)"')"
q A provider show RAL >picture.txt || die 'show'
check 'and people are told why' grep -q \
	'unconfirmed: no roster in force states what its author is' picture.txt
check 'a judgement of no member is marked' grep -q 'unconfirmed: of no member' picture.txt
check 'what is found has its id' grep -q "^  ${found:0:12}  Care Quality" picture.txt
check 'what is judged has its id, and its readers' grep -qE \
	"^  ${judged:0:12}  .*regular review.*also read by " picture.txt
check 'what is said of an item has its id' grep -q \
	"^    ${bears:0:12}  borne out by Care Quality" picture.txt
check 'a group' q B group create "$G" --level local --region 'London QSG'
check 'A is invited' q B group invite "$G" 07M --as ccg
check 'C is invited' q B group invite "$G" CQC --as cqc
for home in A C; do
	invited() { [ "$(q "$home" group show "$G" --json | jq -r .standing)" = invited ]; }
	check "$home hears of it" until_true 30 invited
	check "$home joins" q "$home" group join "$G" --yes
done
counted() { [ "$(show A RAL .counts.findings)" = 1 ]; }
check 'now it is for CQC to find' until_true 30 counted
same 'and the judgement is a member'"'"'s' true \
	"$(show A RAL '.judgements[] | select(.author_code == "CQC") | .confirmed')"
same 'no provider has it as its home' 0 \
	"$(q A provider list --group "$G" --json | jq length)"
check 'one has' q A provider relate RAL --home-group "$G"
same 'and is listed' 'RAL North London QSG' "$(q A provider list --group "$G" \
	--json | jq -r '.[] | "\(.provider) \(.home_group.name)"')"
fails 1 'no group' q A provider list --group 'Some other QSG'
check 'a note for the group' q A provider relate RAP --home-group "$G" --to "$G" --yes
shared_home() { [ "$(show B RAP .home_group.name)" = "$G" ]; }
check 'which reaches its members' until_true 30 shared_home
same 'its commissioner is not forgotten' '07M host' \
	"$(show A RAL '.commissioners[0] | "\(.code) \(.part)"')"

before=$(q A provider show RAL --json | jq -S 'del(.requests[].age_days)')
stop A
start A
same 'all the same after a restart' "$before" \
	"$(q A provider show RAL --json | jq -S 'del(.requests[].age_days)')"
kill_hard A
rm -f A/snapshot
start A
same 'and rebuilt from records' "$before" \
	"$(q A provider show RAL --json | jq -S 'del(.requests[].age_days)')"

real=${QSG_SHARED:-}/data/etr.csv
if [ -f "$real" ]; then
	summary=$(q A provider import "$real" --as ods-trusts --json) || die 'real import'
	same 'the real file' '218 218 0' \
		"$(jq -r '"\(.rows) \(.entries) \(.bad_rows)"' <<<"$summary")"
	same 'again adds nothing' '218 0' \
		"$(q A provider import "$real" --as ods-trusts --json |
			jq -r '"\(.same) \(.records)"')"
	check 'it is listed' sh -c "'$QSG' --home A provider list --all --json |
		jq -e 'length >= 218'"
else
	echo "skipped: the real file of trusts ($real is not there)"
fi
echo 'passed'
