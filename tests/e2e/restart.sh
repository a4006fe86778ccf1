#!/usr/bin/env bash
# What was acknowledged survives; sessions come back. M158 M159
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
start A
start B
meet A B
first=$(tell A 'before any restart' --to 08R)
has B "$first" || die 'B lacks the first'

# The reader is away while the author writes.
stop B
check 'A notices' until_true 30 disconnected A B
second=$(tell A 'while B was stopped' --to 08R)
start B
check 'B catches up after SIGTERM' has B "$second"

kill_hard B
third=$(tell A 'while B was killed' --to 08R)
start B
check 'B catches up after kill -9' has B "$third"

# The author is killed in the middle of writing; every id it gave out stays.
: >acknowledged
(
	for i in $(seq 1 400); do
		id=$(tell A "line $i" --to 08R) || break
		[ -n "$id" ] || break
		echo "$id" >>acknowledged
	done
) &
writer=$!
some() {
	[ "$(wc -l <acknowledged)" -ge 20 ]
}
until_true 30 some || die 'nothing is written'
kill_hard A
wait "$writer"
start A
same 'nothing acknowledged is lost' 0 "$(comm -23 <(sort acknowledged) \
	<(q A records --json | jq -r '.[].id' | sort) | wc -l)"
check 'A may sign' q A verify
last=$(tell A 'after the crash' --to 08R)
check 'B gets what follows' has B "$last"
same 'B has all that was acknowledged' 0 "$(comm -23 <(sort acknowledged) \
	<(q B records --json | jq -r '.[].id' | sort) | wc -l)"
same 'in one stream' '0 1' "$(status_of B '"\(.records.broken_streams) \(.records.streams)"')"

# SIGTERM in the middle: every request gets its answer or none was accepted.
: >answers
pieces=()
for i in $(seq 1 8); do
	(
		for _ in $(seq 1 200); do
			api A share "{\"private\":true,\"provider\":\"RAL\",
				\"source\":\"complaint\",\"kind\":\"soft\",
				\"text\":\"from $i\"}" >"answer.$i" 2>/dev/null || break
			jq -r '.record // empty' <"answer.$i" 2>/dev/null >>"ids.$i"
		done
	) &
	pieces+=($!)
done
flowing() {
	[ "$(cat ids.* 2>/dev/null | wc -l)" -ge 40 ]
}
until_true 30 flowing || die 'no answers'
stop A
wait "${pieces[@]}"
start A
same 'what was answered is there' 0 "$(comm -23 <(sort ids.*) \
	<(q A records --json | jq -r '.[].id' | sort) | wc -l)"

# The same process serves on after its peer's whole home went back in time
# would be another matter; here both verify.
check 'A verifies' q A verify
check 'B verifies' q B verify
echo 'passed'
