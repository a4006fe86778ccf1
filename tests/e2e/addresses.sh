#!/usr/bin/env bash
# IPv6, names, and a node that can only dial. M147
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg

# B has no address: it must do the dialling, whoever has the lower id.
start A --listen 'tcp://127.0.0.1:*'
start B --log warn
same 'B has no endpoint' 0 "$(q B card --json | jq '.endpoints | length')"
meet A B
id=$(tell A 'to one behind a router' --to 08R)
check 'a node that only dials receives' has B "$id"
id=$(tell B 'from one behind a router' --to 07M)
check 'and sends' has A "$id"
stop A

# A moves to a name: what others dial is looked up by them.
port=$(q B peer list --json | jq -r '.[0].endpoint' | sed 's/.*://')
start A --listen "tcp://127.0.0.1:$port" --advertise "tcp://localhost:$port"
same 'the card has the name' "tcp://localhost:$port" \
	"$(q A card --json | jq -r '.endpoints[0]')"
knows B A
until_true 30 connected B A || die 'not connected by name'
named() {
	q B peer list --json | jq -e '.[0].endpoint | test("localhost")' \
		>/dev/null
}
check 'B knows the name' until_true 30 named
kill_hard A
check 'the connection ends' until_true 30 disconnected B A
start A --listen "tcp://127.0.0.1:$port" --advertise "tcp://localhost:$port"
check 'and is made again by the name' until_true 45 connected B A
id=$(tell A 'by name' --to 08R)
check 'which works' has B "$id"

# A name nobody knows is told, and harms nobody.
stop A
start A --listen "tcp://127.0.0.1:$port" \
	--advertise "tcp://no-such-host.invalid:$port"
knows B A
same 'B has the bad name' "tcp://no-such-host.invalid:$port" \
	"$(q B peer list --json | jq -r '.[0].endpoint')"
check 'B answers' q B status
stop A
stop B

if [ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6; then
	rm -rf A B
	org A 'NHS Barnet CCG' 07M ccg
	org B 'NHS Merton CCG' 08R ccg
	start A --listen 'tcp://[::1]:*'
	start B --listen 'tcp://[::1]:*'
	check 'IPv6 in the card' sh -c "'$QSG' --home A card --json |
		jq -e '.endpoints[0] | startswith(\"tcp://[::1]:\")'"
	meet A B
	id=$(tell A 'over IPv6' --to 08R)
	check 'IPv6 works' has B "$id"
else
	echo 'skipped: IPv6 (no ::1 here)'
fi
echo 'passed'
