#!/usr/bin/env bash
# A bundle, from a real node to somebody who has no home.
# M245 M248 M256 M258
# The programs of jq and sh stand in single quotes.
# shellcheck disable=SC2016
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
org C 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
for home in A B C; do
	printf 'witness.interval = 1s\nreceipts.interval = 1\n' >>"$home/config"
done
start A
start B
start C
meet A B
meet A C
first=$(tell A 'seen & <b>heard</b>' --to 08R)
other=$(q A share --provider RXX --source complaint --kind soft --to 08R \
	--text 'about another' 2>/dev/null | tail -n 1)
theirs=$(tell B 'the answer' --to 07M)
private=$(tell A 'for us alone' --private)
check 'the answer arrives' has A "$theirs"
until_true 30 has B "$other" || die 'the records do not arrive'
signed() {
	q "$1" audit shared --json | jq -e --arg r "$2" \
		'any(.[]; .record == $r and .receipt != null)' >/dev/null
}
check 'its reader signs for the first' until_true 30 signed A "$first"
check '... and for the other' until_true 30 signed A "$other"
check '... and for the answer' until_true 30 signed B "$theirs"
# cosigned HOME COUNT: the newest head is published, and has so many.
cosigned() {
	q "$1" status --json | jq -e --argjson n "$2" '.witnesses |
		.published == .head and .head > 0 and .cosigned == $n' >/dev/null
}
check 'two witnesses cosign' until_true 30 cosigned A 2

fails 2 'which records' q A audit export --out none.tar
fails 2 'which records' q A audit export --out none.tar --all --record "$first"
fails 1 'no record' q A audit export --out none.tar --record 0000000000
fails 1 'no record fits' q A audit export --out none.tar --provider RZZ
check 'nothing was left behind' sh -c '! ls none.tar*'

check 'all of it, opened' q A audit export --out all.tar --all --open
check 'it is checked offline, without a home' \
	env -i "$QSG" audit check all.tar
"$QSG" audit check all.tar >said || die 'check'
check 'who somebody is, is not verified' \
	grep -q '^consistent; identities not verified' said
check 'the fingerprints are there' grep -q "$(fingerprint A)" said
check 'of both' grep -q "$(fingerprint B)" said
"$QSG" audit check all.tar --json >all.json || die 'check'
same 'in JSON too' 'consistent; identities not verified' \
	"$(jq -r .verdict all.json)"
same 'exported by' "$(fingerprint A)" \
	"$(jq -r .exporter.fingerprint all.json)"
for id in "$first" "$other" "$theirs" "$private"; do
	check "it holds ${id:0:8}, opened" jq -e --arg id "$id" 'any(.records[];
		.record == $id and .state == "opened")' all.json
done
"$QSG" audit check all.tar --trust "$(fingerprint A)" >said || die 'trust'
check 'one is trusted' grep -q '1 of 3 identities verified' said
"$QSG" audit check all.tar --trust "$(fingerprint A)" --trust B.card \
	--trust C.card >said || die 'trust'
check 'a card is trusted' grep -q 'consistent; identities verified' said

# Who saw the log, and who signed for what.
check 'two have cosigned' grep -q \
	'root of NHS Barnet CCG is cosigned by 2:.*Healthwatch Merton' said
same 'in JSON' 'Healthwatch Merton NHS Merton CCG' "$(jq -r '[.logs[] |
	select(.name == "NHS Barnet CCG") | .witnesses[].name] | sort |
	join(" ")' all.json)"
check 'the reader has signed' jq -e --arg id "$first" 'any(.disclosures[];
	.record == $id and .reader_name == "NHS Merton CCG" and .linked and
	.receipt != null)' all.json
check 'the receipt is in the bundle' jq -e '.disclosures[0].receipt as $r |
	any(.records[]; .record == $r and .type == "receipt")' all.json
check 'and said' grep -q "^  ${first:0:12} to NHS Merton CCG: receipt " said
check 'a proof by itself is cosigned, too' sh -c \
	"'$QSG' --home A audit proof '$first' | grep -q /witness"

fails 1 'there already' q A audit export --out all.tar --all
check 'provider' q A audit export --out one.tar --provider RXX
"$QSG" audit check one.tar --json >one.json || die 'check'
check 'what is chosen is in it' jq -e --arg id "$other" \
	'any(.records[]; .record == $id and .state == "sealed")' one.json
check 'and what is not, is not' jq -e --arg id "$first" \
	'all(.records[]; .record != $id)' one.json
check 'record' q A audit export --out two.tar --record "${first:0:12}" --open
check 'it is marked up nowhere' sh -c \
	"tar xOf two.tar bundle/data/index.html | grep -q 'seen &amp; &lt;b&gt;heard'"
"$QSG" audit check two.tar --json >two.json || die 'check'
check 'with the receipt for it' jq -e --arg id "$first" \
	'[.disclosures[] | select(.record == $id)][0].receipt != null' two.json
check 'since' q A audit export --out since.tar --since 2020-01-01
check 'an export is in the log' jq -e 'any(.[]; .type == "export")' \
	<<<"$(q A records --all --json)"
same 'it stays with its author' 0 \
	"$(q B records --all --json | jq '[.[] | select(.type == "export")] | length')"

# The reader exports, too; it has only what was shared with it.
check 'the reader exports' q B audit export --out b.tar --all --open
"$QSG" audit check b.tar --json >b.json || die 'check of B'
check 'without what is private' jq -e --arg id "$private" \
	'all(.records[]; .record != $id)' b.json

# A reader that is away has not signed, and one witness is missing.
stop C
late=$(tell A 'for one who is away' --to local:healthwatch/merton)
check 'one witness cosigns' until_true 30 cosigned A 1
check 'without a receipt' q A audit export --out late.tar --record "$late" --open
"$QSG" audit check late.tar >said || die 'check'
check 'that is said' grep -q "^  ${late:0:12} to .*: no receipt in" said
check 'few witnesses are no fault' grep -q 'cosigned by 1: NHS Merton CCG' said
stop A
stop B

# Evidence by itself.
printf 'x\n-----BEGIN QSG EVIDENCE-----\nCAEA\n-----END QSG EVIDENCE-----\n' >none
"$QSG" audit check none --json >said
same 'evidence that is none' '1 it does not hold' "$? $(jq -r .verdict said)"

# Somebody else's program, from the specifications.
c2sp() {
	/usr/bin/python3 "$QSG_TOP/tests/c2sp/check.py" bundle "$@"
}
for tar in all.tar one.tar two.tar since.tar late.tar b.tar; do
	check "the independent checker agrees on $tar" c2sp "$tar"
done
c2sp all.tar >said || die 'the independent checker'
check 'also on who cosigned' grep -q \
	'of NHS Barnet CCG is cosigned by 2: Healthwatch Merton, NHS M' said
check 'with trust' c2sp all.tar --trust "$(fingerprint A)" \
	--trust "$(fingerprint B)"

# Any BagIt reader can take it apart.
mkdir unpacked
tar xf all.tar -C unpacked || die 'tar'
check 'sha512sum agrees' sh -c \
	'cd unpacked/bundle && sha512sum --quiet -c manifest-sha512.txt'
check '... on the tags' sh -c \
	'cd unpacked/bundle && sha512sum --quiet -c tagmanifest-sha512.txt'

# Tampering. Each is named, by both checkers.
tamper() {
	local words=$1
	shift
	/usr/bin/python3 "$QSG_TOP/tests/c2sp/tamper.py" all.tar bad.tar "$@" ||
		die "tamper $*"
	"$QSG" audit check bad.tar >said 2>&1
	same "tamper $*: exit" 1 $?
	grep -qF -- "$words" said || die "tamper $*: said $(cat said)"
	echo "ok: it says $words"
	! c2sp bad.tar >/dev/null 2>&1 ||
		die "tamper $*: the independent checker accepts it"
}
tamper "records/$first/body: its contents" change "data/records/$first/body"
tamper 'for another manifest' change "data/records/$first/body" --recompute
tamper "records/$first/body: it is not" change "data/records/$first/body" \
	--recompute
tamper "records/$first/header: it is another" change \
	"data/records/$first/header" --recompute
tamper "records/$first/content-key: it does" change \
	"data/records/$first/content-key" --recompute
tamper "records/$first/payload: it is not" change \
	"data/records/$first/payload" --recompute
tamper "records/$first/body: the manifest lists it" remove \
	"data/records/$first/body"
tamper "records/$first/header: is missing" remove \
	"data/records/$first/header" --recompute
tamper 'for another manifest' remove-record "$first" --recompute
tamper 'data/extra: no file of a bundle' add data/extra --recompute
tamper "evidence/$first: its name" add "data/evidence/$first" --recompute
tamper 'leading upwards' add data/records/../../../etc/passwd
tamper 'absolute' add /etc/passwd --bare
tamper 'is there twice' double "data/records/$first/body"
tamper 'characters' add data/INDEX.csv
tamper 'data/cards/x: a link' link data/cards/x
tamper 'index.html: the archive is cut off' bomb data/index.html
tamper 'is out of its place' swap
tamper 'cut off' cut
tamper 'does not end' tail
tamper 'index.csv: it does not say' change data/index.csv --recompute
tamper 'index.html: it does not say' change data/index.html --recompute
tamper 'bag-info.txt: it is not' change bag-info.txt --recompute
tamper 'manifest' change manifest-sha512.txt --recompute
tamper 'seal/payload: is missing' remove seal/payload --recompute
tamper 'seal/proof: ' change seal/proof --recompute
for file in $(tar tf all.tar | grep -e /cards/ -e /checkpoint); do
	tamper "${file#bundle/}: " change "${file#bundle/}" --recompute
	tamper '' remove "${file#bundle/}" --recompute
done

# Somebody who makes a bundle under another's name has another fingerprint.
org D 'NHS Barnet CCG' 07M ccg
start D
private=$(tell D 'made up' --private)
check 'the namesake exports' q D audit export --out d.tar --all
check 'it is consistent' "$QSG" audit check d.tar
"$QSG" audit check d.tar --trust "$(fingerprint A)" >said
same 'but not of whom one trusts' 1 $?
check 'and says so' grep -q 'whom you trust' said

: >empty.tar
"$QSG" audit check empty.tar >said 2>&1
same 'an empty file' 1 $?
"$QSG" audit check pf >said 2>&1
same 'something else' 1 $?
fails 1 'no file' "$QSG" audit check nowhere.tar
fails 1 'neither' "$QSG" audit check all.tar --trust nobody
check 'nothing was written' sh -c '! ls -d etc bundle 2>/dev/null'
echo 'passed'
