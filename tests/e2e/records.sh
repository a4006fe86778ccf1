#!/usr/bin/env bash
# A long list of records comes whole, though the node gives it in pieces.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
start A

jq -n '{private: true, role: "administrator", items: [range(3000) | {
	provider: "RAL", kind: "soft", source: "healthwatch",
	text: "record \(.): \("call bells unanswered at night " * 20)"}]}' >batch.json
curl -sS --unix-socket A/api.sock http://qsg/v1/share-batch \
	-H 'Content-Type: application/json' --data-binary @batch.json >shared.json ||
	die 'a batch'
q A records --json >records.json || die 'records'
check 'it is long' [ "$(stat -c %s records.json)" -gt 1000000 ]
same 'all records, in the order they came' \
	"$(jq -c .records shared.json)" "$(jq -c 'map(.id)' records.json)"
same 'a filter holds in every piece' 0 \
	"$(q A records --json --provider RQM | jq length)"
# Whoever goes away in the middle does no harm.
for _ in 1 2 3; do
	curl -sS --unix-socket A/api.sock http://qsg/v1/records 2>/dev/null |
		head -c 100000 >/dev/null
done
same 'and once more' 3000 "$(q A records --json | jq length)"
echo 'passed'
