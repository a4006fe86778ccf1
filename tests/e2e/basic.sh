#!/usr/bin/env bash
# Three organisations; one item is shared with one of them and not the other.
# M140 M141 M142 M144 M158
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
org C 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
start A
start B
start C
meet A B
meet A C

id=$(q A share --to 'NHS Merton CCG' --provider RAL --source healthwatch \
	--kind soft --dimension experience \
	--text 'Three families this month describe call bells unanswered at night' \
	2>share.err | tail -n 1)
check 'share prints the id alone on its last line' \
	grep -qxE '[0-9a-f]{64}' <<<"$id"
check 'an unknown provider is a warning' \
	grep -q '^qsg: warning: provider RAL' share.err
check 'B gets it' has B "$id"

record=$(q B records --json | jq --arg id "$id" '.[] | select(.id == $id)')
for pair in type=intelligence author='NHS Barnet CCG' author_code=07M \
	provider=RAL kind=soft source=healthwatch dimension=experience \
	text='Three families this month describe call bells unanswered at night'; do
	same "records: ${pair%%=*}" "${pair#*=}" \
		"$(jq -r ".${pair%%=*}" <<<"$record")"
done
check 'times are RFC 3339 UTC' jq -e '[.received_at, .created_at] |
	all(test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$"))' <<<"$record"

# What C holds is asked for only once C has had everything meant for it.
other=$(tell A 'for both of you' --to 08R --to local:healthwatch/merton)
check 'C gets what is for both' has C "$other"
check 'C does not get what is for B' lacks C "$id"
same 'C holds one record' 1 "$(q C records --json | jq length)"

private=$(tell A 'for us alone' --private)
last=$(tell A 'after the private one' --to 08R)
check 'B gets what comes after' has B "$last"
check 'B does not get what is private' lacks B "$private"
same 'it is private' true "$(q A record "$private" --json | jq .private)"

same 'the audience of a record' 'NHS Barnet CCG,NHS Merton CCG' \
	"$(q B record "${id:0:12}" --json |
		jq -r '[.audience[].name] | sort | join(",")')"
check 'a record has its place in the log' jq -e \
	'.log | .size > .index and (.stream | length == 64) and .number == 2' \
	<<<"$(q B record "$id" --json)"

same 'records by provider' 3 "$(q B records --provider RAL --json | jq length)"
same 'records by another' 0 "$(q B records --provider RXX --json | jq length)"
same 'records by author' 3 "$(q B records --author 07M --json | jq length)"
same 'records by type' 0 "$(q B records --type indicator --json | jq length)"
same 'records since tomorrow' 0 "$(q B records --json \
	--since "$(date -u -d tomorrow +%Y-%m-%dT%H:%M:%SZ)" | jq length)"
check 'housekeeping shows with --all' [ \
	"$(q B records --all --json | jq length)" -gt 3 ]
q B records --type indicator >empty.out 2>empty.err
same 'an empty list exits with 0' 0 $?
check 'and says so on standard error' grep -q 'no records' empty.err

q A share --dry-run --to 08R --provider RAL --source complaint --kind soft \
	--text 'call 07700 900123' >dry.out || die 'dry run'
check 'a dry run names the readers' grep -q 'would be read by NHS Merton' dry.out
check 'a dry run shows findings' grep -q 'phone number' dry.out
same 'a dry run seals nothing' 4 "$(q A records --json | jq length)"
over=$(tell A 'call 07700 900123' --to 08R --override 'a public switchboard')
check 'an override shares' has B "$over"
check 'an override is logged' jq -e 'any(.[]; .type == "override")' \
	<<<"$(q A records --all --json)"

printf 'from a pipe\nin two lines\n' | q A share --to 08R --provider RAL \
	--source pals --kind soft --text - >piped.out 2>/dev/null || die 'pipe'
piped=$(tail -n 1 piped.out)
check 'B gets what came by a pipe' has B "$piped"
same 'with its lines' $'from a pipe\nin two lines' \
	"$(q B record "$piped" --json | jq -r .text)"

for home in A B C; do
	check "$home verifies while serving" q "$home" verify
	same "$home signs" true "$(status_of "$home" .signing.allowed)"
	stop "$home"
	check "$home verifies without a node" \
		q "$home" verify --passphrase-file pf
done
echo 'passed'
