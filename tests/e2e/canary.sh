#!/usr/bin/env bash
# A thousand marked texts are shared; no file under either home holds one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
start A
start B
meet A B
mark=CANARY${RANDOM}x$RANDOM
# Three letters would turn up by chance in what is not text.
provider=CANARY7Q
jq -n --arg mark "$mark" --arg provider "$provider" '{to: ["08R"], items: [range(1000) | {
	provider: $provider, kind: "soft", source: "complaint",
	theme: ($mark + "-theme"), judgement: ($mark + "-judgement"),
	text: ($mark + "-text-" + tostring)}]}' >batch.json
api A share-batch @batch.json >answer.json || die 'share-batch'
same 'a thousand ids' 1000 "$(jq '.records | length' answer.json)"
last=$(jq -r '.records[-1]' answer.json)
check 'the last arrives' has B "$last"
same 'all are at B' 1000 "$(q B records --json | jq length)"
same 'and can be read' 1000 \
	"$(q B records --json | jq --arg mark "$mark" \
		'map(select(.text | startswith($mark))) | length')"

search() {
	! grep -rlaF -e "$mark" -e "$provider" -e complaint "$@"
}
check 'no file holds one while serving' search A B
stop A
stop B
check 'nor after it stopped' search A B
start A
check 'nor when it serves again' search A B
check 'but the file that has them is found' grep -qF "$mark" batch.json
echo 'passed'
