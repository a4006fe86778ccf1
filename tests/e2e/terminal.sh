#!/usr/bin/env bash
# What is asked and shown on a terminal. M160 M161
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
unset NO_COLOR
export TERM=xterm

talk() {
	/usr/bin/python3 "$(dirname "$0")/talk.py" "$@" >shown
}
lacks_escapes() {
	! grep -q $'\033' "$1"
}
new=(init --name 'NHS Barnet CCG' --code 07M --kind ccg --cheap-keystore)

talk 'Passphrase: ' one 'again: ' two -- "$QSG" --home A "${new[@]}"
same 'two passphrases that differ are refused' 1 $?
check 'and nothing is made' [ ! -e A ]
talk 'Passphrase: ' '' -- "$QSG" --home A "${new[@]}"
same 'an empty one is refused' 1 $?
talk 'Passphrase: ' 'a passphrase of tests' 'again: ' 'a passphrase of tests' \
	-- "$QSG" --home A "${new[@]}"
same 'a new one is asked for twice' 0 $?
check 'and is not shown' sh -c '! grep -q "passphrase of tests" shown'
talk 'Passphrase: ' wrong -- "$QSG" --home A verify
same 'a wrong one is refused' 1 $?
talk 'Passphrase: ' 'a passphrase of tests' -- "$QSG" --home A verify
same 'the right one opens' 0 $?
talk 'Passphrase: ' $'half\003' -- "$QSG" --home A verify
same 'Ctrl-C ends it, with the echo on again' 254 $?
check 'the passphrase file fits what was typed' \
	q A verify --passphrase-file pf

org B 'NHS Merton CCG' 08R ccg
start A
start B
q B card >b.card
talk '[y/N]' n -- "$QSG" --home A peer add b.card
same 'a fingerprint that does not match is not accepted' 1 $?
same 'no peer' 0 "$(q A peer list --json | jq length)"
talk '[y/N]' '' -- "$QSG" --home A peer add b.card
same 'nor by default' 1 $?
talk '[y/N]' y -- "$QSG" --home A peer add b.card
same 'one that matches is' 0 $?
check 'the fingerprint was shown in fours' grep -qF "$(fingerprint B)" shown
same 'one peer' 1 "$(q A peer list --json | jq length)"

cat >small.csv <<'CSV'
period,org_code,type,attendances,breaches,admissions
2017-03-01,RF4,1,21289,2879,5060
CSV
talk -- "$QSG" --home A import small.csv --as ae-attendances --private
check 'progress is shown on a terminal' grep -q 'importing \[####' shown
talk -- "$QSG" --home A peer list
check 'colour on a terminal' grep -q $'\033\\[1m' shown
NO_COLOR=1 talk -- "$QSG" --home A peer list
check 'none with NO_COLOR' lacks_escapes shown
check 'none in a pipe' sh -c "! '$QSG' --home A peer list | grep -q \$'\\033'"
id=$(tell A $'\033]0;title\a and \033[2J' --private)
talk -- "$QSG" --home A record "$id"
no_foreign() {
	! grep -q $'\033]0\|\033\[2J' shown
}
check 'no control sequence of others' no_foreign
echo 'passed'
