#!/usr/bin/env bash
# A request for information: logged, an author consulted, decided, and handed
# out; and a search for a subject. M479 M481 M482 M483 M484 M485 M486 M487
# M489 M500
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Merton CCG' 08R ccg
org B 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
org C 'Care Quality Commission' CQC cqc
start A
start B
start C
meet A B
meet A C
meet B C

last() {
	local home=$1
	shift
	q "$home" "$@" 2>last.err | tail -n 1
}

formula='=HYPERLINK("http://evil.example";"x") <script>alert(1)</script>'
one=$(tell A "$formula" --to CQC --foi-note 'may be published')
two=$(tell A "$(printf 'Sister Ren\303\251e Dupr\303\251 was on duty')" --to CQC \
	--foi-note 's.40: it names somebody')
own=$(tell C 'what we hold ourselves' --private)
check 'C gets the first' has C "$one"
check 'C gets the second' has C "$two"
q C record "$two" | grep -q 'FOI advice  *s.40: it names' || die 'the note is not shown'
q C records | grep -q 'FOI advice: may be published' || die 'the note is not listed'
provider=$(q C record "$two" --json | jq -r .provider)
q C provider show "$provider" >picture.txt || die 'picture'
check 'with the picture of a provider' grep -q 'FOI advice: s.40: it names' picture.txt
same 'for programs' 's.40: it names somebody' "$(q C provider show "$provider" --json |
	jq -r --arg id "$two" '.items[] | select(.id == $id).foi_note')"
check 'a bundle' q C audit export --out foi.tar --record "$two" --open
same 'says so' 's.40: it names somebody' "$("$QSG" audit check foi.tar --json |
	jq -r --arg id "$two" '.records[] | select(.record == $id).foi_note')"
check 'on its page, too' bash -c \
	"tar xOf foi.tar bundle/data/index.html | grep -q 'FOI advice:<pre>s.40: it names'"


#
# The log.
#
fails 1 'no request is logged yet' q C foi schedule 1
fails 2 'foi log needs --received' q C foi log --text x
fails 1 'the day it was received' q C foi log --received 2999-01-31 --text x
fails 1 'kind must be one of' q C foi log --received 2013-01-31 --text x --kind why
q C foi log --received 2013-01-31 --text 'all on RAL' >logged.txt || die 'log'
check 'it has a number' grep -q '^request 1, received 2013-01-31' logged.txt
same 'each its own' 2 "$(q C foi log --received 2013-02-01 --kind subject-access \
	--text 'Dupre: all about me' --json | jq .number)"

#
# The author is asked.
#
fails 1 'organisation itself' q C foi consult "$own" --text x
fails 1 'is over' q C foi consult "$two" --text x --answer-by 2013-01-31
asked=$(last C foi consult "$two" --text 'May it go out?' --answer-by 2999-01-31)
check 'A is asked' has A "$asked"
check 'B is not' lacks B "$asked"
q A foi list >list.txt || die 'list'
check 'A sees that it waits' grep -q 'no answer yet' list.txt
fails 1 'this organisation itself asked' q C foi view "$asked" objection --text x
fails 1 'no consultation' q A foi view "$two" objection --text x
fails 1 'the reason of an objection is needed' q A foi view "$asked" objection
said=$(last A foi view "$asked" objection --text 'It would name her')
check 'C hears what A says' has C "$said"
q C foi list >list.txt || die 'list'
check 'and sees it' grep -q 'It would name her' list.txt

#
# Decisions.
#
fails 1 'no request of the number 9' q C foi decide "$one" --request 9 --verdict disclose
fails 1 'under which exemption' q C foi decide "$one" --request 1 --verdict withhold \
	--reason x
fails 1 'under no exemption' q C foi decide "$one" --request 1 --verdict disclose \
	--exemption s.41
q C foi decide "$one" "$own" --request 1 --verdict withhold --exemption s.36 \
	--reason 'not yet' >decided.txt || die 'decide'
check 'that A was not consulted on the first is said' \
	grep -q "record ${one:0:12}: NHS Merton CCG, its author, was not consulted" decided.txt
q C foi decide "$one" --request 1 --verdict disclose >/dev/null || die 'decide again'
q C foi decide "$two" --request 1 --verdict partly --exemption s.40 \
	--reason '+it names somebody' >decided.txt || die 'decide the second'
check 'of the second nothing is missing' sh -c '! grep -q note decided.txt'

#
# The schedule.
#
fails 2 'ends in .csv' q C foi schedule 1 --out schedule.doc
q C foi schedule 1 --out schedule.csv >out.txt || die 'csv'
check 'it says what it wrote' grep -q 'schedule.csv: 3 records' out.txt
fails 1 'schedule.csv is there already' q C foi schedule 1 --out schedule.csv
q C foi schedule 1 --out schedule.html >/dev/null || die 'html'
/usr/bin/python3 - >table.txt <<'PY' || die 'the table is no CSV'
import csv
rows = list(csv.reader(open("schedule.csv", encoding="utf-8-sig", newline="")))
assert len(rows) == 4 and all(len(row) == 12 for row in rows), rows
for row in rows:
    assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") for cell in row), row
    print("|".join(row[6:9] + row[10:]))
PY
check 'what is disclosed is there, and no formula' \
	grep -qF "disclosed|||no|'=HYPERLINK" table.txt
check 'what is disclosed in part has no text' \
	grep -qF "disclosed in part|s.40|'+it names somebody|yes|" table.txt
check 'a decision on our own' grep -q 'withheld|s.36|not yet|own record|$' table.txt
for file in schedule.csv schedule.html; do
	check "nothing withheld is in $file" sh -c \
		"! grep -qE 'Dupr|ourselves|It would name' $file"
done
check 'no script' sh -c "! grep -q '<script' schedule.html"
check 'but its words' grep -q '&lt;script&gt;' schedule.html
same 'the one who counts is the later' 'disclose 1' \
	"$(q C foi schedule 1 --json | jq -r --arg id "$one" '.rows[] |
		select(.record == $id) | "\(.verdict) \(.earlier_decisions)"')"
same 'of the other request nothing was decided' 0 \
	"$(q C foi schedule 2 --json | jq '.rows | length')"

#
# What was asked for is not deleted unawares.
#
q C erase "$own" --reason x --dry-run >erase.txt || die 'dry run'
check 'an open request is said' grep -q 'an open request is about it: number 1' erase.txt
check 'and what it is to delete that' grep -q 'section 77 of the Freedom' erase.txt
same 'for programs' '1 foi' "$(q C erase "$own" --reason x --dry-run --json |
	jq -r '.open_request | "\(.number) \(.kind)"')"
fails 1 '--despite-request' q C erase "$own" --reason x --yes
fails 1 '--despite-request' q C erase "$own" --reason x
fails 1 'nothing is erased before it is confirmed' \
	q C erase "$own" --reason x --despite-request
fails 1 'how it was answered is needed' q C foi close 1 --reason ' '
check 'a request is closed' q C foi close 1 --reason 'answered on the tenth day'
fails 1 'was closed on' q C foi close 1 --reason again
fails 1 'log what is asked now' q C foi decide "$one" --request 1 --verdict disclose
check 'its list says so' grep -q '^  closed ' <(q C foi list)
same 'nothing is open about it any more' null \
	"$(q C erase "$own" --reason x --dry-run --json | jq -c .open_request)"

#
# A search for a subject.
#
better=$(last A correct "$two" --text 'The sister in charge was on duty')
check 'C gets the correction' has C "$better"
fails 1 'at least two letters' q C foi search a
fails 2 'foi search needs TERM' q C foi search
q C foi search 'RENEE  dupre' --json >found.json || die 'search'
same 'what was corrected is found' "$better" \
	"$(jq -r --arg id "$two" '.[] | select(.id == $id) | .corrected_by' found.json)"
same 'the correction mentions nobody' 0 \
	"$(jq --arg id "$better" '[.[] | select(.id == $id)] | length' found.json)"
same 'either term is enough, in any text' 'foi-request intelligence' \
	"$(q C foi search Dupre nobody-else --json |
		jq -r '[.[].type] | unique | join(" ")')"
q C foi search Dupre >found.txt || die 'search'
check 'people see where' grep -q 'Dupre in text:' found.txt
q C foi search nothing-of-the-kind >none.txt 2>none.err || die 'no hit'
check 'nothing is said so' grep -q 'nothing mentions that' none.err
# B was never told anything.
same 'B holds none of it' 0 "$(q B foi search Dupre --json | jq length)"
for home in A B C; do
	check "$home verifies" q "$home" verify
done
echo 'passed'
