#!/usr/bin/env bash
# The shortest run through everything; also what runs under ThreadSanitizer.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
start A
start B
meet A B
id=$(tell A 'by way of smoke' --to 08R)
check 'a record arrives' has B "$id"
jq -n '{to: ["08R"], items: [range(200) | {provider: "RAL", kind: "soft",
	source: "complaint", text: tostring}]}' >batch.json
api A share-batch @batch.json >answer.json || die 'share-batch'
check 'a batch arrives' has B "$(jq -r '.records[-1]' answer.json)"
for i in 1 2 3 4 5 6 7 8; do
	(for _ in 1 2 3 4 5; do q B status >/dev/null || exit 1; done) &
done
for i in $(seq 1 10); do
	last=$(tell A "line $i" --to 08R)
done
check 'and what is told one by one' has B "$last"
stop A
start A
last=$(tell A 'after a restart' --to 08R)
check 'and after a restart' has B "$last"
stop B
stop A
echo 'passed'
