#!/usr/bin/env bash
# An enrolled organisation that turned on its peers: every kind of bad message
# at one of them, a stream kept from another, a card with somebody else's key.
# The two that are honest go on sharing, the victim stays alive and small, and
# says what happened.
# M102 M109 M110 M121 M122 M125 M126 M127 M128 M134 M137 M138 M144 M178
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

hostile=${QSG_BIN:?}/hostile
# The foe first: of two with one key, who came first would be taken for both.
org C 'NHS Other CCG' 09Z ccg
org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
start C
start A
start B
meet A C
meet B C
meet A B
for _ in 1 2 3 4 5; do
	id=$(tell A 'to both of them' --to 08R --to 09Z)
done
check 'all is well at first' has B "$id"
check 'with the third as well' has C "$id"
stop C
q A card >a.card
q B card >b.card

memory() {
	awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/${pids[A]}/status"
}

# B's transport key in the foe's card takes nothing from B, from here on.
"$hostile" steal C pf a.card b.card || die 'no card is sent'
newer() {
	q A peer list --json | jq -e '.[] | select(.code == "09Z") |
		.version > 2' >/dev/null
}
check 'the card with the key of another is taken' until_true 10 newer
stop B
start B
check 'and is of no use' until_true 20 connected A B
id=$(tell A 'to the one who has the key' --to 08R)
check 'what is shared reaches its owner' has B "$id"

# B was away; when it comes back the foe is there before A, and has, it says,
# more of the stream than anybody.
stop B
missed=$(tell A 'while B was away' --to 08R --to 09Z)
"$hostile" capture C pf b.card a.card 60 >capture.out 2>capture.err &
capture=$!
learnt() {
	grep -q '^learnt' capture.out
}
until_true 30 learnt || die "no stream is learnt: $(cat capture.err)"
stop A
start B
asked() {
	grep -q '^asked' capture.out
}
until_true 30 asked || die "B asks for nothing: $(cat capture.err)"
start A
begun=$SECONDS

before=$(memory)
largest=0
slowest=0
"$hostile" flood C pf a.card >flood.out 2>flood.err &
flood=$!
until_true 30 connected A B || die 'A and B are kept from each other'
while kill -0 "$flood" 2>/dev/null; do
	from=$(date +%s%3N)
	id=$(tell A 'among bad messages' --to 08R)
	has B "$id" || die "a record does not arrive: $(tail -n 1 flood.out)"
	took=$(($(date +%s%3N) - from))
	[ "$took" -le "$slowest" ] || slowest=$took
	now=$(memory)
	[ "$now" -le "$largest" ] || largest=$now
done
wait "$flood" || die "the flood: $(cat flood.err)"
cat flood.out
check 'who sends garbage is not heard for a while' grep -qE \
	'once heard again: .* 1[0-9]{4} ms' flood.out
echo "memory $before MiB before, $largest MiB at most; slowest $slowest ms"
# Sanitizers keep what was freed.
[ "${QSG_VARIANT:-debug}" != debug ] ||
	check 'the victim stays small' [ "$largest" -lt $((before + 200)) ]
check 'what is shared meanwhile arrives at once' [ "$slowest" -lt 10000 ]
check 'it is alive' q A status
check 'what it refused is counted' [ "$(status_of A .quarantine.items)" -gt 100 ]
bad='.[] | select(.code == "09Z")'
check 'and shown with the peer' [ "$(q A peer list --json |
	jq "$bad | .refused_here")" -gt 100 ]
same 'none of it with another' 0 "$(q A peer list --json |
	jq '.[] | select(.code == "08R") | .refused_here')"
q A status >status.out
q A peer list >>status.out
check 'nothing of theirs reaches the terminal' sh -c \
	"! LC_ALL=C grep -q '[^ -~]' status.out"
check 'its claims wait for a person' grep -q 'NHS Other CCG' status.out

# What was refused can be looked at.
q A quarantine --json >refused.json || die 'the quarantine is not listed'
check 'all of it is told of' [ "$(jq length refused.json)" -gt 100 ]
same 'by name, newest first' 'true true' "$(jq -r '
	"\(all(.[]; .peer_name == "NHS Other CCG"))",
	"\([.[].item] == ([.[].item] | sort | reverse))"' refused.json |
	paste -sd ' ')"
same 'or the newest alone' "$(jq -c '[.[0].code, 1]' refused.json)" \
	"$(q A quarantine list --limit 1 --json | jq -c '[.[0].code, length]')"
item=$(jq '[.[] | select(.kept and .size > 0)][0].item' refused.json)
check 'its bytes are handed out' q A quarantine show "$item" --out saved
same 'as they came' "$(jq -r ".[] | select(.item == $item) | .hash" \
	refused.json)" "$(b2sum -l 256 saved | cut -d ' ' -f 1)"
same 'to their owner alone' 600 "$(stat -c %a saved)"
fails 1 'saved is there already' q A quarantine show "$item" --out saved
item=$(jq '[.[] | select(.kept | not)][0].item' refused.json)
fails 1 'are not kept' q A quarantine show "$item" --out another
q A quarantine list >refused.out
same 'and people see the same' "$(jq length refused.json)" \
	"$(wc -l <refused.out)"
check 'in printable characters' sh -c "! LC_ALL=C grep -q '[^ -~]' refused.out"

# Asked for once, it gave nothing: now A is asked.
arrived() {
	q B record "$missed" --json
}
check 'what was kept from B arrives' until_true 45 arrived
echo "after $((SECONDS - begun)) s"
kill "$capture" 2>/dev/null
wait "$capture" 2>/dev/null

stop B
stop A
echo 'passed'
