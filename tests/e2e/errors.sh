#!/usr/bin/env bash
# Bad input: each time one clear line, the right exit status, nothing changed.
# M157 M160 M161 M162
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Words.
fails 2 'what is to be done' "$QSG"
fails 2 "did you mean \`qsg share\`" "$QSG" --home A shar
fails 2 "did you mean \`qsg peer list\`" "$QSG" --home A peer lst
fails 2 "did you mean \`qsg records\`" "$QSG" --home A rec0rds
fails 2 'there is no command frobnicate' "$QSG" --home A frobnicate
fails 2 "see \`qsg peer --help\`" "$QSG" --home A peer
fails 2 'which home' "$QSG" status
fails 2 'no option --colour' "$QSG" --home A status --colour red
fails 2 'needs a value' "$QSG" --home A records --since
fails 2 'takes no value' "$QSG" --home A records --all=yes
fails 2 'record needs ID' "$QSG" --home A record
fails 2 'what is two' "$QSG" --home A record one two
fails 2 'given twice' "$QSG" --home A share --text a --text b
fails 2 'not a whole number' "$QSG" --home A record x --wait-ms soon
fails 2 'no command quarantine 7' "$QSG" --home A quarantine 7
fails 2 'quarantine show needs ITEM' "$QSG" --home A quarantine show --out f
fails 2 'quarantine show needs --out' "$QSG" --home A quarantine show 7
fails 2 'init needs --name' "$QSG" --home A init --code X26 --kind ccg
fails 1 'not UTF-8' "$QSG" --home A share --text $'\xff'
for words in --help help 'help share' 'share --help' 'peer --help' \
	'help peer add' 'quarantine --help' --version; do
	# shellcheck disable=SC2086 # several words
	check "qsg $words" "$QSG" $words
done
check 'help lists the sources' sh -c "'$QSG' share --help | grep -q whistleblower"
fails 2 'no option --passphrase' "$QSG" --home A serve --passphrase secret

# Making a home.
init() {
	"$QSG" init --home "$1" --name 'NHS Barnet CCG' --code "${2:-07M}" \
		--kind "${3:-ccg}" --passphrase-file "${4:-pf}" --cheap-keystore
}
: >empty
printf '\n' >blank
chmod 600 empty blank
fails 1 'passphrase' init A 07M ccg empty
fails 1 'passphrase' init A 07M ccg blank
fails 1 'passphrase' init A 07M ccg no-such-file
fails 1 'passphrase' "$QSG" init --home A --name N --code X26 --kind ccg
fails 1 'kind' init A 07M goblin
fails 1 'code' init A 'no code'
fails 1 'name' "$QSG" init --home A --name $'two\nlines' --code X26 \
	--kind ccg --passphrase-file pf --cheap-keystore
fails 1 'the endpoint must be' "$QSG" init --home A --name N --code X26 --kind ccg \
	--passphrase-file pf --cheap-keystore --endpoint udp://1.2.3.4:5
check 'nothing is left of them' [ ! -e A ]
org A 'NHS Barnet CCG' 07M ccg
fails 1 'is there already' init A
mkdir other
fails 1 'is there already' init other
fails 1 'is no home' "$QSG" --home other card
fails 1 'is no home' "$QSG" --home nowhere card

# Serving.
fails 1 'there is no home nowhere' "$QSG" --home nowhere status
fails 1 'no node serves A; start one with' q A status
fails 1 'no node serves A' q A records
printf 'wrong\n' >wrong
chmod 600 wrong
fails 1 'wrong passphrase' q A serve --passphrase-file wrong
check 'a passphrase from a pipe' q A verify --passphrase-file <(cat pf)
fails 1 'wrong passphrase' q A verify --passphrase-file <(cat wrong)
fails 1 'wrong passphrase' q A verify --passphrase-file wrong
fails 1 'no passphrase' q A serve
fails 1 'tcp://HOST:PORT' q A serve --passphrase-file pf --listen ipc:///tmp/x
fails 1 'at most 65535' q A serve --passphrase-file pf \
	--listen tcp://127.0.0.1:99999
fails 2 '--advertise needs --listen' q A serve --passphrase-file pf \
	--advertise tcp://example.org:7101
fails 1 'cannot be advertised' q A serve --passphrase-file pf \
	--listen 'tcp://127.0.0.1:*' --advertise tcp://0.0.0.0:7101
fails 1 'log must be' q A serve --passphrase-file pf --log loud
echo 'colour = red' >A/config
fails 1 'colour is not a setting' q A serve --passphrase-file pf
rm A/config
chmod 644 pf
check 'an open passphrase file is a warning' sh -c "'$QSG' --home A verify \
	--passphrase-file pf 2>&1 >/dev/null | grep -q 'chmod 600'"
chmod 600 pf

start A
fails 1 "already being served by process ${pids[A]}" \
	q A serve --passphrase-file pf
org B 'NHS Merton CCG' 08R ccg
endpoint=$(q A card --json | jq -r '.endpoints[0]')
version=$(q B card --json | jq .version)
fails 1 "cannot listen on $endpoint" \
	q B serve --passphrase-file pf --listen "$endpoint"
same 'its card has not changed' "$version" "$(q B card --json | jq .version)"
start B
meet A B

# Cards.
echo 'a letter' >letter
fails 1 'letter holds no valid card' q A peer add letter
fails 1 'qsg: no file no-card' q A peer add no-card

# Sharing.
share() {
	q A share --provider RAL --source complaint --kind soft --text words "$@"
}
fails 2 '--to' share
fails 2 '--private' share --to 08R --private
fails 1 'NHS Merton CCG' share --to 'NHS Nowhere CCG'
fails 1 'source must be one of' q A share --to 08R --provider RAL \
	--source rumour --kind soft --text words
fails 1 'kind must be one of' q A share --to 08R --provider RAL \
	--source complaint --kind purple --text words
fails 1 'provider' q A share --to 08R --provider '!' --source complaint \
	--kind soft --text words
fails 1 'text' q A share --to 08R --provider RAL --source complaint --kind soft
fails 1 'date' share --to 08R --observed 2016-02-30
fails 1 'role must be one of' share --to 08R --role wizard
fails 1 'domain' share --to 08R --domain 6
fails 1 'NHS number' q A share --to 08R --provider RAL --source complaint \
	--kind soft --text 'she is 943 476 5919'
head -c 20000 /dev/zero | tr '\0' a >long
q A share --to 08R --provider RAL --source complaint --kind soft --text - \
	<long >out 2>err
same 'a text over 16 KiB is refused' 1 $?
check 'and told why' grep -q 'more than 16384 bytes' err
same 'nothing was sealed' 0 "$(q A records --json | jq length)"
fails 1 'no record' q A record 0123456789
fails 1 'record id' q A record xyz
fails 1 'no item 7' q A quarantine show 7 --out saved
check 'and makes no file' [ ! -e saved ]
fails 1 'date' q A records --since yesterday
fails 1 'NHS Merton CCG' q A records --author 'Nobody'

# The API.
http() {
	curl -s -o body -w '%{http_code}' --unix-socket A/api.sock "$@"
}
same 'not JSON' 400 "$(http -d '{' http://qsg/v1/records)"
same 'a key twice' 400 "$(http -d '{"all":true,"all":false}' http://qsg/v1/records)"
same 'no object' 400 "$(http -d '[]' http://qsg/v1/records)"
same 'an unknown argument' 400 "$(http -d '{"colour":1}' http://qsg/v1/records)"
same 'a wrong type' 400 "$(http -d '{"all":"yes"}' http://qsg/v1/records)"
same 'no such operation' 404 "$(http -d '{}' http://qsg/v1/frobnicate)"
same 'not in the API' 404 "$(http -d '{}' http://qsg/v1/serve)"
same 'writing wants POST' 400 "$(http http://qsg/v1/share-batch)"
same 'reading does not' 200 "$(http http://qsg/v1/status)"
same 'an unknown record' 404 "$(http -d '{"id":"00"}' http://qsg/v1/record)"
same 'the error says what' not-found "$(jq -r .error.code body)"
head -c 68000000 /dev/zero | tr '\0' ' ' >large
same 'a body over 64 MiB' 413 "$(http -H Expect: --data-binary @large \
	http://qsg/v1/records)"
rm large
same 'a batch with a bad item' 400 "$(http -d '{"private":true,"items":[
	{"provider":"RAL","kind":"soft","source":"complaint","text":"good"},
	{"provider":"RAL","kind":"no","source":"complaint","text":"bad"}]}' \
	http://qsg/v1/share-batch)"
check 'says which' grep -q 'item 2' body
same 'and shares none of it' 0 "$(q A records --json | jq length)"

# What is not what it looks like is not shared; what others send of it does not
# reach a terminal raw.
esc=$(printf 'red \033[31malert\033[0m')
odd=(q A share --to 08R --provider RAL --source complaint --kind soft --text)
fails 1 'control character' "${odd[@]}" "$esc"
turned=$(printf 'a \xe2\x80\xaereversed')
fails 1 'direction' "${odd[@]}" "$turned"
hidden=$(printf 'be\xe2\x80\x8btween')
id=$(tell A "$hidden" --to 08R)
has B "$id" || die 'B lacks the odd text'
q B record "$id" >shown
check 'no invisible character is printed' sh -c "! LC_ALL=C grep -qaP '\\xe2\\x80\\x8b' shown"
check 'it is shown escaped' grep -qF 'be\u{200b}tween' shown
name=$(tell A 'Café' --to 08R)
has B "$name" || die 'B lacks Café'
check 'UTF-8 where it is welcome' sh -c \
	"LC_ALL=C.UTF-8 '$QSG' --home B record $name | grep -q Café"
check 'ASCII where it is not' sh -c \
	"LC_ALL=C '$QSG' --home B record $name | LC_ALL=C grep -q 'Caf.u{00e9}\|Caf.u{e9}\|Caf.u{00E9}'"
check 'JSON is ASCII' sh -c "! '$QSG' --home B record $name --json |
	LC_ALL=C grep -q '[^ -~]'"
stop A
stop B

# Damage. Each time the home stays as it is.
contents() {
	# An empty write-ahead log is nothing.
	find D -type f ! -name lock -size +0 -exec sha256sum {} + | sort
}
unchanged() {
	same 'nothing has changed' "$before" "$(contents)"
}
copy() {
	rm -rf D
	cp -a A D
}
snapshot() {
	before=$(contents)
}
copy
printf 'not a database at all, but long enough to be looked at' |
	dd of=D/records.db bs=1 conv=notrunc status=none
snapshot
fails 1 'the database is damaged' q D serve --passphrase-file pf
unchanged
copy
/usr/bin/python3 - D/records.db <<'PY'
import sqlite3
import sys
db = sqlite3.connect(sys.argv[1])
db.execute("PRAGMA user_version = 999")
db.commit()
PY
snapshot
fails 1 'newer' q D serve --passphrase-file pf
unchanged
copy
printf '\377' | dd of=D/keys bs=1 seek=40 conv=notrunc status=none
snapshot
fails 1 '' q D serve --passphrase-file pf
unchanged
copy
: >D/keys
snapshot
fails 1 'the keystore file is damaged' q D serve --passphrase-file pf
unchanged
copy
chmod 755 D
fails 1 'chmod' q D serve --passphrase-file pf
copy
: >D/snapshot
start D --listen 'tcp://127.0.0.1:*'
check 'a bad snapshot is made again' q D record "$id"
stop D
copy
rm D/mark
start D --listen 'tcp://127.0.0.1:*'
same 'without its mark a node signs nothing' false \
	"$(status_of D .signing.allowed)"
same 'what is recorded is a draft' 'draft 1' "$(q D share --private \
	--provider RAL --source complaint --kind soft --text words 2>/dev/null | tail -n 1)"
check 'and serves reads' q D record "$id"
stop D
echo 'passed'
