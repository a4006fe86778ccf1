#!/usr/bin/env bash
# Nine organisations and a tenth outside, from the charter to the picture of a
# provider: one leaves half-way, another comes late, the convenor is lost for
# good. M308 M312 M315 M316 M323 M330 M331 M334 M335 M359 M361 M362
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

G='South London QSG'
mark=CANARY${RANDOM}x$RANDOM
nine='area ccg1 ccg2 ccg3 watch cqc monitor tda phe'
members=${nine#area }

org area 'NHS England South London' Q71 nhs-england-area-team
org ccg1 'NHS Merton CCG' 08R ccg
org ccg2 'NHS Sutton CCG' 08T ccg
# Its card says what it is not; what counts is what the roster states.
org ccg3 'NHS Croydon CCG' 07V cqc
org watch 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
org cqc 'Care Quality Commission' CQC cqc
org monitor 'Monitor' local:monitor monitor
org tda 'NHS Trust Development Authority' local:tda nhs-tda
org phe 'Public Health England' local:phe phe
org region 'NHS England London' Y56 nhs-england-region
org outside 'NHS England Kent and Medway' Q67 nhs-england-area-team
declare -A print=()
for home in $nine region outside; do
	start "$home"
	q "$home" card >"$home.card"
	print[$home]=$(fingerprint "$home")
done

# say HOME COMMAND...: the id alone.
say() {
	local home=$1
	shift
	q "$home" "$@" 2>say.err | tail -n 1
}
# get ID HOME...: all of them have it, or get it.
get() {
	local id=$1 home
	shift
	for home in "$@"; do
		has "$home" "$id" || return 1
	done
}
# lack ID HOME...: none of them has it.
lack() {
	local id=$1 home
	shift
	for home in "$@"; do
		lacks "$home" "$id" || return 1
	done
}
group() { # HOME EXPRESSION
	q "$1" group show "$G" --json 2>/dev/null | jq -r "$2"
}
group_is() { # HOME EXPRESSION WANTED
	[ "$(group "$1" "$2")" = "$3" ]
}
same_group() { # HOME...
	local first home
	first=$(group "$1" .state_hash)
	[ -n "$first" ] || return 1
	shift
	for home in "$@"; do
		group_is "$home" .state_hash "$first" || return 1
	done
}
picture() { # HOME CODE EXPRESSION
	q "$1" provider show "$2" --json | jq -r "$3"
}
same_picture() { # CODE HOME...
	local code=$1 first home
	first=$(picture "$2" "$code" .state_hash)
	[ -n "$first" ] || return 1
	shift 2
	for home in "$@"; do
		[ "$(picture "$home" "$code" .state_hash)" = "$first" ] || return 1
	done
}
item=(--kind soft --source visit)

#
# The group, and what nobody is to make of it.
#
q area group charter | sed 's/^quorum = .*/quorum = 5/' >nine.charter
sed 's/^cadence = .*/cadence = weekly/' nine.charter >bad.charter
turned=$(printf 'South \xe2\x80\xaeLondon')
founding=(--level local --region 'London QSG')
fails 1 'cadence' q area group create "$G" "${founding[@]}" --charter bad.charter
fails 1 'bidirectional' q area group create "$turned" "${founding[@]}"
fails 1 'control' q area group create $'South\aLondon' "${founding[@]}"
fails 1 '1 to 200 bytes' q area group create "$(printf '%0201d' 0)" "${founding[@]}"
fails 1 'regional' q area group create "$G" --level regional
fails 1 'area team' q ccg1 group create "$G" "${founding[@]}"
check 'the area team founds a group' q area group create "$G" "${founding[@]}" \
	--charter nine.charter --person 'Area Director'
fails 1 'too like' q area group create 'S0uth  L0NDON Q.S.G' "${founding[@]}"
fails 1 'too like' q area group create "$(printf 'S\xd0\xbeuth London QSG')" \
	"${founding[@]}"
fails 1 'there is nobody to share with' q area share --to "$G" "${item[@]}" \
	--provider RAL --text x --yes
fails 1 'invite itself' q area group invite "$G" Q71 --as nhs-england-area-team
fails 1 'is known' q area group invite "$G" 09Z --as ccg
fails 1 'kind must be one of' q area group invite "$G" cqc.card --as gossip \
	--fingerprint "${print[cqc]}"
fails 1 'not included' q area group invite "$G" cqc.card --as provider \
	--fingerprint "${print[cqc]}"
# The card of another, as it would come from whoever is in between.
fails 1 'not among those given' q area group invite "$G" outside.card --as ccg \
	--fingerprint "${print[ccg1]}"

invite() { # KIND HOME...
	local kind=$1 home
	local arguments=()
	shift
	for home in "$@"; do
		arguments+=("$home.card" --fingerprint "${print[$home]}")
	done
	check "invited: $*" q area group invite "$G" "${arguments[@]}" --as "$kind"
}
invite ccg ccg1 ccg2 ccg3
invite healthwatch-local watch
invite cqc cqc
invite monitor monitor
invite nhs-tda tda
invite phe phe

# The tenth has all cards, dials everybody, and is known to nobody.
for home in $nine region; do
	knows outside "$home"
done
for home in $members; do
	knows "$home" area
done
for home in $members; do
	until_true 30 group_is "$home" .standing invited ||
		die "no invitation reaches $home"
done
check 'one declines' q tda group decline "$G" --reason 'We attend by risk'
tda_is() {
	group_is area '.entries[] | select(.code == "local:tda") | .standing' "$1"
}
check 'which the convenor sees' until_true 30 tda_is declined
# Where no group says what it is, an organisation is what its card says.
rating=(--what rating --question safe --yes)
feigned=$(say ccg3 finding RVL --value good --text "$mark as if" --to Q71 \
	"${rating[@]}")
for home in $members; do
	check "$home joins" q "$home" group join "$G" --yes
done
for home in $nine; do
	until_true 60 group_is "$home" .members 9 ||
		die "$home does not see nine members"
done
# shellcheck disable=SC2086 # a list of homes
check 'nine see one state' until_true 30 same_group $nine
for home in $nine; do
	group_is "$home" '.alarm_count + .not_counted_count' 0 ||
		die "$home has something to look at"
done
fails 1 'only its convenor' q ccg1 group remove "$G" CQC --reason 'no'
fails 1 'only its convenor' q ccg1 group amend "$G" --name 'Another QSG'
fails 1 'only its convenor' q ccg1 group invite "$G" outside.card \
	--as nhs-england-area-team --fingerprint "${print[outside]}"
fails 1 'cannot be expelled' q area group remove "$G" 08T --reason 'no'
fails 1 'what to change' q area group amend "$G"
fails 1 'what to change' q area group amend "$G" 08T
fails 1 'within one invitation' q area group amend "$G" 08T --as royal-college

#
# What they share: with the group, with some, with nobody.
#
concern=(--provider RAL "${item[@]}" --stance concern --dimension safety)
fails 1 'use --yes' q ccg1 share --to "$G" "${concern[@]}" --text "$mark calls"
calls=$(say ccg1 share --to "$G" "${concern[@]}" --text "$mark calls" --yes)
wards=$(say watch share --to "$G" "${concern[@]}" --text "$mark wards" --yes)
calm=$(say cqc share --to "$G" --provider RAL --source cqc --kind hard \
	--stance assurance --dimension safety --text "$mark staffing" --yes)
full=$(say phe share --to "$G" --provider RAL "${item[@]}" --yes \
	--text "$mark $(printf '%*s' $((16383 - ${#mark})) '' | tr ' ' x)")
fails 1 'may be 16384 bytes' q phe share --to "$G" --provider RAL "${item[@]}" \
	--yes --text "$(printf '%016385d' 0)"
fails 1 'an ODS code' q ccg1 share --to "$G" "${item[@]}" --provider '!' \
	--text x --yes
fails 1 'No such QSG' q ccg1 share --to 'No such QSG' "${concern[@]}" --text x
fails 1 'review must not be before' q ccg1 share --to "$G" "${concern[@]}" \
	--text x --yes --review-on 2013-01-31
fails 1 'observed must not be after' q ccg1 share --to "$G" "${concern[@]}" \
	--text x --yes --observed 2999-01-31

# Three know of another provider, and one keeps its own to itself.
some=$(say monitor share --to local:tda --to Q71 --provider RAP "${item[@]}" \
	--text "$mark finances")
own=$(say phe share --private --provider RAP "${item[@]}" --text "$mark notes")
# A card that says cqc is no CQC.
significant=("${item[@]}" --provider RVL --stance concern --significant
	--text "$mark grave")
fails 1 '--without-cqc' q ccg1 share --to Q71 --to 07V "${significant[@]}"
grave=$(say ccg1 share --to Q71 --to 07V "${significant[@]}" \
	--without-cqc 'They told us of it')
same 'why is kept' 'They told us of it' "$(q ccg1 record "$(q ccg1 record "$grave" \
	--json | jq -r '.decides[0]')" --json | jq -r .decision.without_cqc)"
check 'with the group, CQC has it' q ccg1 share --dry-run --to "$G" \
	"${significant[@]}"

# Four eyes, and a policy that contradicts itself.
printf '[rule]\nsource = visit\nverdict = share\n\n[rule]\nsource = visit\nverdict = never\n' >bad.policy
fails 1 'lines 1 and 5' q ccg2 policy set bad.policy
printf '[rule]\nsource = whistleblower\nverdict = four eyes\n' >eyes.policy
check 'four eyes' q ccg2 policy set eyes.policy
q ccg2 share --to "$G" --provider RAL --kind soft --source whistleblower --yes \
	--text "$mark told" --asked-by 'Director of Quality' >/dev/null 2>&1 ||
	die 'what waits for a second person'
fails 1 'another person' q ccg2 release approve 1 --person 'director of QUALITY'
told=$(q ccg2 release approve 1 --person 'Director of Nursing' --json 2>/dev/null |
	jq -r .record)

# What they say about it.
has monitor "$calls" || die 'no concern at Monitor'
bears=$(say monitor corroborate "$calls" --yes --source staff-survey --text "$mark staff say so")
judge() { # HOME VIEW
	say "$1" judge RAL --view "$2" --text "$mark $2" --to "$G" --yes
}
mild=$(judge ccg1 regular-review)
grim=$(judge area risk-summit-required)
none=$(judge cqc none)
fails 1 'is over' q area ask "$G" --provider RAL --purpose x --yes \
	--answer-by 2013-01-31
asked=$(say area ask "$G" --provider RAL --purpose "$mark to judge" --yes)
get "$asked" watch monitor || die 'the request does not arrive'
answered=$(say watch answer "$asked" --yes --text "$mark families say")
refused=$(say monitor answer "$asked" --yes --refuse "$mark not ours to give")
rated=$(say cqc finding RAL --value inadequate --text "$mark two wards" \
	--to "$G" "${rating[@]}")
for home in ccg1 ccg3; do
	fails 1 "CQC's alone" q "$home" finding RAL --value good --text x \
		--to "$G" "${rating[@]}"
done

all="$calls $wards $calm $full $told $bears $mild $grim $none $asked $answered
	$refused $rated"
same 'all of it is said' 17 "$(wc -w <<<"$all $some $own $grave $feigned")"
for id in $all; do
	# shellcheck disable=SC2086 # a list of homes
	get "$id" $nine || die "$id does not come to all"
done
echo 'ok: nine have what went to the group'
check 'some have what went to them' get "$some" monitor tda area
check 'and others' get "$grave" area ccg3
check 'nobody else' lack "$some" ccg1 ccg2 ccg3 watch cqc phe
check 'nor here' lack "$grave" ccg2 watch cqc monitor tda phe
check 'one has what is its own' lack "$own" area ccg1 ccg2 ccg3 watch cqc monitor tda
# shellcheck disable=SC2086 # a list of homes
check 'nine have one picture' until_true 30 same_picture RAL $nine
check 'three have another' same_picture RAP monitor tda area
fails 1 'nothing is held about' q ccg1 provider show RAP
for home in $nine; do
	[ "$(picture "$home" RAL '"\(.counts.concerns) \(.counts.corroborations) \([
		.judgements[] | select(.standing == "counts") | .view] | sort |
		join(" ")) \(.opposed)"')" = \
		'2 1 none regular-review risk-summit-required true' ] ||
		die "$home counts otherwise"
	[ "$(q "$home" record "$rated" --json | jq -r .standing)" = counts ] ||
		die "the rating does not count at $home"
done
echo 'ok: they count the same, and the rating of CQC'
same 'what is not for a CCG to find does not count' 'does-not-count 0' \
	"$(q area record "$feigned" --json | jq -r .standing) $(picture area RVL .counts.findings)"
q area provider show RVL >picture.txt || die 'the picture'
check 'and it is said why' grep -q 'does not count: ' picture.txt
answer_of() { # CODE
	q area requests --json | jq -r --arg c "$1" '.[0].addressees[] |
		select(.code == $c) | .state'
}
same 'answered' answered "$(answer_of local:healthwatch/merton)"
same 'refused' refused "$(answer_of local:monitor)"
same 'open' open "$(answer_of local:tda)"

#
# One leaves; another comes.
#
kept=$(q ccg3 records --json | jq length)
fails 1 'direction-changing' q ccg3 group leave "$G" --reason "$turned"
check 'one leaves' q ccg3 group leave "$G" --reason 'We merge'
left() {
	group_is "$1" '.entries[] | select(.code == "07V") | .standing' left
}
for home in $nine; do
	until_true 30 left "$home" || die "$home does not see it leave"
done
fails 1 'still to come' q area group remove "$G" 07V --reason 'It has left' \
	--decided-on 2999-01-31
fails 1 'one line' q area group remove "$G" 07V --reason "$turned"
check 'its convenor takes it off the roster' q area group remove "$G" 07V \
	--reason 'It has left' --decided-on 2013-01-31
apart() {
	q "$1" peer list --json | jq -e --arg f "${print[ccg3]}" 'any(.[];
		.fingerprint == $f and .barred and (.connected | not))' >/dev/null
}
for home in area ccg1 ccg2 watch cqc monitor tda phe; do
	until_true 30 apart "$home" || die "$home still speaks with who left"
done
alone() {
	[ "$(q ccg3 peer list --json | jq '[.[] | select(.connected)] | length')" = 0 ]
}
check 'nobody speaks with it' until_true 30 alone
fails 1 'has left or declined' q ccg3 share --to "$G" "${concern[@]}" --text x --yes
fails 1 'no group' q ccg1 share --to 07V "${concern[@]}" --text x

invite nhs-england-region region
knows region area
until_true 30 group_is region .standing invited || die 'no invitation reaches region'
check 'another joins' q region group join "$G" --yes
now='area ccg1 ccg2 watch cqc monitor tda phe region'
for home in $now; do
	until_true 60 group_is "$home" .members 9 || die "$home does not see nine"
done
# shellcheck disable=SC2086 # a list of homes
check 'all see one state' until_true 30 same_group $now
late=$(say tda share --to "$G" "${concern[@]}" --text "$mark late" --yes)
q phe corroborate "$calls" --yes --text "$mark we hear it, too" >said.txt 2>&1 ||
	die 'a corroboration'
again=$(tail -n 1 said.txt)
check 'who is left out is named' grep -q 'left out: NHS Croydon CCG' said.txt
# shellcheck disable=SC2086 # a list of homes
check 'it has what comes from now on' get "$late" $now
check 'what is said of the past goes to those who had it' get "$again" area ccg1 \
	ccg2 watch cqc monitor tda phe
for id in $all $some $grave $own $again; do
	lacks region "$id" || die "the newcomer has $id"
done
same 'and nothing of the past' "$late" "$(q region records --json | jq -r '.[].id')"
same 'but one roster' 1 \
	"$(q region records --all --type roster --json | jq length)"
check 'who left has nothing new' lack "$late" ccg3
check 'nor here' lack "$again" ccg3
same 'and keeps what it had' "$kept" "$(q ccg3 records --json | jq length)"
same 'which it can read' "$mark calls" "$(q ccg3 record "$calls" --json | jq -r .text)"

#
# The convenor is lost for good.
#
streams() { # HOME: the names of the streams that it holds records of
	local id
	for id in $(q "$1" records --all --json | jq -r '.[].id'); do
		q "$1" record "$id" --json
	done | jq -r .log.stream
}
streams area >names.all
kill_hard area
fails 1 'NHS England kind' q ccg1 group succeed "$G" CQC
fails 1 'is known' q ccg1 group succeed "$G" Q67
name_successor() {
	check "$1 names a successor" q "$1" group succeed "$G" Y56 --reason 'Q71 is lost'
}
for home in ccg1 ccg2 watch cqc; do
	name_successor "$home"
done
until_true 30 group_is region '"\(.candidates[0].voices) \(.voices_needed)"' '4 5' ||
	die 'the voices are not heard'
same 'four of nine are no majority' Q71 "$(group region .convenor.code)"
fails 1 '4 of the 5' q region group convene "$G"
name_successor phe
check 'five are one' until_true 30 group_is region .convenor.code Y56
fails 1 'only its convenor' q phe group convene "$G"
check 'the successor takes over' q region group convene "$G"
check 'and takes off who is lost' q region group remove "$G" Q71 --reason 'It is lost'
live='ccg1 ccg2 watch cqc monitor tda phe region'
for home in $live; do
	until_true 30 group_is "$home" '"\(.term) \(.members) \(.convenor.code)"' \
		'2 8 Y56' || die "$home does not follow"
done
# shellcheck disable=SC2086 # a list of homes
check 'all that live see one state' until_true 30 same_group $live
last=$(say monitor share --to "$G" "${concern[@]}" --text "$mark last" --yes)
# shellcheck disable=SC2086 # a list of homes
check 'and share' get "$last" $live
# shellcheck disable=SC2086 # a list of homes
check 'one picture, but for the newcomer' until_true 30 same_picture RAL ${live% region}
check 'who left has nothing of it' lack "$last" ccg3
for home in $live ccg3; do
	check "$home verifies" q "$home" verify
done

#
# The tenth.
#
streams tda >>names.all
sort -u names.all >names
check 'streams have names' grep -qxE '[0-9a-f]{64}' names
same 'nobody spoke with the tenth' '10 0' "$(q outside peer list --json |
	jq -r '"\([.[] | select(.problem)] | length) \([.[] | select(.connected or .since)] | length)"')"
same 'it has no record' '0 0' \
	"$(q outside records --all --json | jq length) $(status_of outside .records.received)"
same 'it knows of no group' 0 "$(q outside group list --json | jq length)"
for home in $live ccg3; do
	same "$home knows nothing of it" 0 "$(q "$home" peer list --json |
		jq '[.[] | select(.code == "Q67")] | length')"
done
stop outside
# Their names in hex, and their bytes: any byte may be in them, a line's end too.
holds() { # FILE|FOLDER...
	grep -rqaF -e "$mark" -f names "$@" || python3 - names "$@" <<-'end'
		import os, sys
		names = [bytes.fromhex(line) for line in open(sys.argv[1])]
		files = [path for path in sys.argv[2:] if os.path.isfile(path)]
		files += [os.path.join(at, name) for path in sys.argv[2:]
		          for at, _, there in os.walk(path) for name in there]
		for path in filter(os.path.isfile, files):
		    with open(path, "rb") as file:
		        data = file.read()
		    if any(name in data for name in names):
		        sys.exit(0)
		sys.exit(1)
	end
}
holds_not() {
	! holds "$@"
}
# Files that have it, to see that it would be found.
head -n 1 names | python3 -c \
	'import sys; sys.stdout.buffer.write(bytes.fromhex(input()))' >planted.bytes
tail -n 1 names >planted.hex
check 'bytes are found where they are' holds planted.bytes
check 'and letters' holds planted.hex
check 'its files hold no text and no name' holds_not outside outside.out outside.err
echo 'passed'
