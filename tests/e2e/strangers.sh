#!/usr/bin/env bash
# A thousand strangers, with the handshake handler alive and with it killed:
# none gets in, and those who are enrolled are served meanwhile.
# M140 M141 M142 M146 M149
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

strangers=${QSG_BIN:?}/strangers
ulimit -n 8192 2>/dev/null || ulimit -n "$(ulimit -Hn)"
org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
start A
start B
meet A B
endpoint=$(q A card --json | jq -r '.endpoints[0]')
q A card >a.card

"$strangers" a.card "$endpoint" 1000 >alive.out &
crowd=$!
id=$(tell A 'among strangers' --to 08R)
check 'a peer is served meanwhile' has B "$id"
wait "$crowd" || die 'the strangers failed'
same 'none gets in' 'let in 0, turned away 1000, silent 0' "$(cat alive.out)"
gone() {
	[ "$(status_of A .serving.accepted)" -le 2 ]
}
check 'their connections are closed' until_true 30 gone
check 'B is still connected' connected A B
same 'nothing of theirs is kept' 0 "$(status_of A .quarantine.items)"

# Without the handler nobody gets in: neither strangers nor peers.
stop B
kill_hard A
if QSG_TEST_KILL_ZAP=1 start A; then
	"$strangers" a.card "$(q A card --json | jq -r '.endpoints[0]')" 1000 \
		>dead.out || die 'the strangers failed'
	check 'none gets in without the handler' grep -q '^let in 0, ' dead.out
	check 'the node answers' q A status
fi
stop A

# Nor an organisation that nobody here enrolled, although it knows us.
start A
org C 'NHS Other CCG' 09Z ccg
start C
knows C A
refused() {
	q C peer list --json | jq -e '.[0].problem != null' >/dev/null
}
check 'who is not enrolled is turned away, and told' until_true 30 refused
same 'and not connected' false "$(q C peer list --json | jq '.[0].connected')"
same 'A knows nothing of it' 1 "$(q A peer list --json | jq length)"
echo 'passed'
