#!/usr/bin/env bash
# An indicator file: once, again, changed, with bad rows; real rows where they
# are.
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

cat >small.csv <<'CSV'
period,org_code,type,attendances,breaches,admissions
2017-03-01,RF4,1,21289,2879,5060
2017-03-01,RAL,1,20000,1000,4000
2017-04-01,RF4,1,20001,2001,5001
2017-04-01,RAL,1,*,*,*
CSV

summary=$(q A import small.csv --as ae-attendances --to 08R --dry-run --json) ||
	die 'dry run'
same 'a dry run counts' '2 4 2' "$(jq -r '"\(.sets) \(.rows) \(.new)"' <<<"$summary")"
same 'a dry run adds nothing' 0 "$(q A records --json | jq length)"

summary=$(q A import small.csv --as ae-attendances --to 08R --json 2>import.err) ||
	die 'import'
same 'two records' '2 2' "$(jq -r '"\(.new) \(.records | length)"' <<<"$summary")"
check 'no progress bar off a terminal' [ ! -s import.err ]
while read -r id; do
	check 'B gets it' has B "$id"
done < <(jq -r '.records[]' <<<"$summary")
same 'rows at B' 4 "$(q B records --type indicator --json | jq 'map(.rows) | add')"
same 'no provider of its own' null \
	"$(q B records --type indicator --json | jq -c '.[0].provider')"
same 'found by a provider of its rows' 2 \
	"$(q B records --provider RAL --json | jq length)"
same 'the publisher' 'NHS England' \
	"$(q B records --json | jq -r '.[0].publisher')"
same 'C has nothing' 0 "$(q C records --json | jq length)"

same 'the same again adds nothing' '0 2' "$(q A import small.csv \
	--as ae-attendances --to 08R --json | jq -r '"\(.new) \(.same)"')"
same 'another audience is another import' '2 0' "$(q A import small.csv \
	--as ae-attendances --private --json | jq -r '"\(.new) \(.same)"')"

sed 's/20001/20002/' small.csv >changed.csv
summary=$(q A import changed.csv --as ae-attendances --to 08R --json)
same 'a changed value is a correction' '0 1 1' \
	"$(jq -r '"\(.new) \(.same) \(.corrections)"' <<<"$summary")"
new=$(jq -r '.records[0]' <<<"$summary")
check 'B gets the correction' has B "$new"
head -n 2 changed.csv >part.csv
q A import part.csv --as ae-attendances --to 08R --dry-run >/dev/null 2>part.err
check 'a part of a period is warned of' grep -q '1 rows of the earlier' part.err
old=$(q B record "$new" --json | jq -r '.references[] |
	select(.relation == "corrects") | .record')
same 'the earlier record knows it' "$new" \
	"$(q B record "$old" --json | jq -r .corrected_by)"
same 'its type' correction "$(q B record "$new" --json | jq -r .type)"

{
	cat small.csv
	echo '2017-04-01,RYR,1,10,11,0'
	echo '2017-04-01,R!,1,10,1,0'
} >bad.csv
q A import bad.csv --as ae-attendances --to CQC >bad.out 2>bad.err
same 'bad rows refuse the file' 1 $?
check 'bad rows have line numbers' grep -q '^line 6: ' bad.err
check 'all of them' grep -q '^line 7: ' bad.err
same 'nothing was imported' 0 "$(q C records --json | jq length)"
same 'unless they may be skipped' '2 2' "$(q A import bad.csv --skip-bad \
	--as ae-attendances --to CQC --json 2>/dev/null |
	jq -r '"\(.new) \(.bad_rows)"')"

fails 1 'columns' q A import pf --as ae-attendances --private
fails 2 'no format' q A import small.csv --as other --private
fails 2 '--to' q A import small.csv --as ae-attendances

real=${QSG_SHARED:-}/data/ae_attendances.csv
if [ -f "$real" ]; then
	summary=$(q A import "$real" --as ae-attendances --to 08R --json) ||
		die 'real import'
	same 'the real file' '36 12765' "$(jq -r '"\(.sets) \(.rows)"' <<<"$summary")"
	last=$(jq -r '.records[-1]' <<<"$summary")
	check 'B gets the last of it' has B "$last"
	all_rows() {
		[ "$(q B records --json | jq 'map(.rows // 0) | add')" -ge 12765 ]
	}
	check 'all rows reach B' until_true 30 all_rows
	check 'none reaches C' sh -c "'$QSG' --home C records --json |
		jq -e 'map(.rows // 0) | add < 10'"
else
	echo "skipped: the real A&E file ($real is not there)"
fi
echo 'passed'
