#!/usr/bin/env bash
# Records handed on, between five organisations: an area team, a CCG, CQC,
# Healthwatch, and a college that joins late. M420 M424 M426 M427 M428 M430 M433
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

G='South London QSG'
org A 'NHS England South London' Q71 nhs-england-area-team
org B 'NHS Merton CCG' 08R ccg
org C 'Care Quality Commission' CQC cqc
org D 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
org E 'Royal College of Physicians' local:rcp royal-college
for home in A B C D E; do
	start "$home"
done
meet A B
meet A C
meet B C
meet A D
meet B D
meet C D

# say HOME COMMAND...: the last line alone.
say() {
	local home=$1
	shift
	q "$home" "$@" 2>say.err | tail -n 1
}
# read_as HOME ID: author and text, as the home reads it.
read_as() {
	q "$1" record "$2" --json |
		jq -r '"\(.author): \(.text), by \(.granted_by.organisation.name)"'
}

#
# Our own.
#
item=$(tell A 'Call bells unanswered at night' --to 08R --onward ask)
check 'B gets the item' has B "$item"
check 'C does not' lacks C "$item"
fails 2 'grant needs --to' q A grant "$item" --reason x
fails 2 'grant needs --reason' q A grant "$item" --to CQC
fails 1 'reads it already' q A grant "$item" --to 08R --reason x
fails 1 'organisation itself' q A grant "$item" --to Q71 --reason x
fails 1 'no record ffff' q A grant ffff --to CQC --reason x
fails 1 'an NHS number' q A grant "$item" --to CQC --reason 'it was 943 476 5919'
fails 2 'name a record' q A grant --to CQC --reason x
fails 2 'goes with --group' q A grant "$item" --to CQC --reason x --since 2013-01-01
q A grant "$item" --to CQC --reason x --dry-run >dry.txt || die 'dry run'
check 'a dry run says who would read it' grep -q 'Care Quality Commission' dry.txt
check 'and grants nothing' lacks C "$item"
grant=$(say A grant "${item:0:12}" --to CQC --reason 'CQC inspects there')
check 'a grant prints its id' grep -qxE '[0-9a-f]{64}' <<<"$grant"
check 'C gets the grant' has C "$grant"
same 'and reads the item under its own id' \
	'NHS England South London: Call bells unanswered at night, by NHS England South London' \
	"$(read_as C "$item")"
q C record "$item" >item.txt || die 'record'
check 'people see by whom' grep -q 'granted by NHS England South London' item.txt
check 'and that it is proven' grep -q "author's proof verified" item.txt
same 'it stands in the list of records' 1 \
	"$(q C records --provider RAL --json |
		jq --arg id "$item" '[.[] | select(.id == $id)] | length')"
same 'and in the picture of the provider' 1 \
	"$(q C provider show RAL --json | jq '.counts.concerns + .counts.unstated +
		.counts.assurances + .counts.good_practice')"
check 'C has a proof of it' sh -c \
	"'$QSG' --home C audit proof $item >proof.txt && grep -q tlog-proof proof.txt"
same 'the grant shows what it carries' "$item true" \
	"$(q C record "$grant" --json | jq -r '"\(.original) \(.counts)"')"
check 'without its key' sh -c \
	"! '$QSG' --home C record $grant --json | grep -q content_key"
bears=$(say C corroborate "$item" --yes --text 'We saw that, too')
check 'what C says of it reaches its author' has A "$bears"

#
# Another's: as its author allows.
#
fails 1 'its author is to be asked first' \
	q B grant "$item" --to local:healthwatch/merton --reason x
fails 1 'this organisation itself' q A onward ask "$item" \
	--to local:healthwatch/merton --reason x
asked=$(say B onward ask "$item" --to local:healthwatch/merton \
	--reason 'families ask them')
check 'A is asked' has A "$asked"
same 'and sees it as open' open \
	"$(q A onward list --open --json | jq -r '.[0].state')"
fails 1 'for the record' q B onward answer "$asked" allow
fails 1 'after the request' q A onward answer "$asked" maybe
fails 1 'say why' q A onward answer "$asked" refuse
answered=$(say A onward answer "$asked" refuse --reason 'not yet')
check 'B hears the answer' has B "$answered"
same 'which is no' refused "$(q B onward list --json | jq -r '.[0].state')"
fails 1 'to be asked first' \
	q B grant "$item" --to local:healthwatch/merton --reason x
answered=$(say A onward answer "$asked" allow)
check 'B hears the other one' has B "$answered"
fails 1 'to be asked first' q C grant "$item" --to local:healthwatch/merton \
	--reason x
passed=$(say B grant "$item" --to local:healthwatch/merton \
	--reason 'families ask them')
check 'D gets it' has D "$passed"
same 'in its author'\''s name' \
	'NHS England South London: Call bells unanswered at night, by NHS Merton CCG' \
	"$(read_as D "$item")"
check 'its author sees that it went on' has A "$passed"
same 'and to whom, in the record'\''s life' 2 \
	"$(q A audit record "$item" --json |
		jq '[.events[] | select(.event == "granted")] | length')"
same 'asked and answered, too' 3 \
	"$(q A audit record "$item" --json |
		jq '[.events[] | select(.event | test("to-go-on"))] | length')"
same 'grants stand in what was shared' "$item" \
	"$(q B audit shared --with local:healthwatch/merton --json |
		jq -r --arg g "$passed" '.[] | select(.record == $g) | .grants')"

#
# After a restart, and in a bundle.
#
stop D
start D
same 'D reads it after a restart' \
	'NHS England South London: Call bells unanswered at night, by NHS Merton CCG' \
	"$(read_as D "$item")"
stop D
check 'its home is whole' q D verify --passphrase-file pf
start D
q D audit export --record "$item" --open --out D.bundle >/dev/null 2>&1 ||
	die 'export'
q A card >A.card
"$QSG" audit check D.bundle --json >checked.json || die 'audit check'
same 'the bundle holds the grant, and it holds' "$item true" \
	"$(jq -r --arg g "$passed" '.records[] | select(.record == $g) | .grant |
		"\(.original) \(.holds)"' checked.json)"

#
# A newcomer.
#
q A group create "$G" --level local --region 'London QSG' >/dev/null 2>group.err ||
	die "group: $(cat group.err)"
q B card >B.card
q A group invite "$G" B.card --fingerprint "$(fingerprint B)" --as ccg \
	>/dev/null 2>group.err || die "invite: $(cat group.err)"
known() {
	q "$1" group show "$G" --json
}
until_true 30 known B || die 'B does not hear of the group'
q B group join "$G" --yes >/dev/null 2>group.err || die "join: $(cat group.err)"
members() {
	[ "$(q A group show "$G" --json | jq -r .members)" = "$1" ]
}
until_true 30 members 2 || die 'B does not join'
mine=$(tell A 'For the group' --to "$G" --yes --onward none)
theirs=$(tell B 'For the group, and on' --to "$G" --yes --onward group)
kept=$(tell B 'For the group alone' --to "$G" --yes --onward none)
check 'A gets it' has A "$theirs"
check 'A gets the other' has A "$kept"
q E card >E.card
knows E A
q A group invite "$G" E.card --fingerprint "$(fingerprint E)" \
	--as royal-college >/dev/null 2>group.err || die "invite: $(cat group.err)"
until_true 30 known E || die 'E does not hear of the group'
q E group join "$G" --yes >/dev/null 2>group.err || die "join: $(cat group.err)"
until_true 30 members 3 || die 'E does not join'
check 'E has nothing of the past' lacks E "$mine"
fails 1 '2 records would be granted' q A grant --group "$G" --to local:rcp \
	--reason 'new in the group'
fails 2 'name no records' q A grant "$mine" --group "$G" --to local:rcp --reason x
fails 1 'Nowhere' q A grant --group Nowhere --to local:rcp --reason x
same 'a dry run says what is left' "2 $kept" \
	"$(q A grant --group "$G" --to local:rcp --reason 'new' --dry-run --json |
		jq -r '"\(.granted) \(.left[0].record)"')"
summary=$(q A grant --group "$G" --to local:rcp --reason 'new in the group' \
	--yes --json | jq -r '"\(.granted) \(.summary)"')
same 'two are granted' 2 "${summary% *}"
check 'E reads what A said' has E "$mine"
check 'E reads what B said for the group' has E "$theirs"
check 'and not what B keeps in it' lacks E "$kept"
same 'one summary says so' '2 records granted, 1 left: new in the group' \
	"$(q A record "${summary#* }" --json | jq -r .decision.reason)"
same 'and nothing is granted twice' '0 2' \
	"$(q A grant --group "$G" --to local:rcp --reason 'again' --yes --json |
		jq -r '"\(.granted) \(.read)"')"
same 'also without a yes' '0 2' \
	"$(q A grant --group "$G" --to local:rcp --reason 'again' --json </dev/null |
		jq -r '"\(.granted) \(.read)"')"

#
# As large as may be; and whoever was removed.
#
text=$(head -c 16384 /dev/zero | tr '\0' x)
full=$(tell A "$text" --to 08R --onward group)
check 'B gets as much as may be' has B "$full"
check 'it is granted' q A grant "$full" --to CQC --reason "${text:0:16384}"
check 'C gets it' has C "$full"
fails 1 'may be 16384 bytes' q A share --private --provider RAL --kind soft \
	--source visit --text "${text}x"
check 'E is removed' q A group remove "$G" local:rcp --reason 'as decided'
gone() {
	q B group show "$G" --json |
		jq -e 'all(.entries[]?; .code != "local:rcp") and .members == 2'
}
until_true 30 gone || die 'B does not hear that E is removed'
later=$(tell A 'After that' --to "$G" --yes --onward group)
check 'B gets what is said after' has B "$later"
fails 1 'Royal College of Physicians' q B grant "$later" --to local:rcp --reason x
fails 1 'Royal College of Physicians' \
	q B grant --group "$G" --to local:rcp --reason x --yes
echo 'passed'
