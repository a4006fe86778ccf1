#!/usr/bin/env bash
# A bundle, from a real node to somebody who has no home.
# M245 M248 M256
# The programs of jq and sh stand in single quotes.
# shellcheck disable=SC2016
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
start A
start B
meet A B
first=$(tell A 'seen & <b>heard</b>' --to 08R)
other=$(q A share --provider RXX --source complaint --kind soft --to 08R \
	--text 'about another' 2>/dev/null | tail -n 1)
theirs=$(tell B 'the answer' --to 07M)
private=$(tell A 'for us alone' --private)
check 'the answer arrives' has A "$theirs"
until_true 30 has B "$other" || die 'the records do not arrive'

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
check 'one is trusted' grep -q '1 of 2 identities verified' said
"$QSG" audit check all.tar --trust "$(fingerprint A)" --trust B.card >said ||
	die 'trust'
check 'a card is trusted' grep -q 'consistent; identities verified' said

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
stop A
stop B

# Somebody else's program, from the specifications.
c2sp() {
	/usr/bin/python3 "$QSG_TOP/tests/c2sp/check.py" bundle "$@"
}
for tar in all.tar one.tar two.tar since.tar b.tar; do
	check "the independent checker agrees on $tar" c2sp "$tar"
done
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
tamper 'manifest-sha512.txt: ' change manifest-sha512.txt --recompute
tamper 'seal/payload: is missing' remove seal/payload --recompute
tamper 'seal/proof: ' change seal/proof --recompute
for file in $(tar tf all.tar | grep -e /cards/ -e /checkpoint); do
	tamper "${file#bundle/}: " change "${file#bundle/}" --recompute
	tamper '' remove "${file#bundle/}" --recompute
done

# Somebody who makes a bundle under another's name has another fingerprint.
org C 'NHS Barnet CCG' 07M ccg
start C
private=$(tell C 'made up' --private)
check 'the namesake exports' q C audit export --out c.tar --all
check 'it is consistent' "$QSG" audit check c.tar
"$QSG" audit check c.tar --trust "$(fingerprint A)" >said
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
