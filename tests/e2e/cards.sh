#!/usr/bin/env bash
# Cards: fingerprints, changed claims, lower versions, second versions, codes in
# use, endpoints. M150
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
check 'card works before serving' sh -c "'$QSG' --home A card | grep -q BEGIN"
same 'its JSON' 'code endpoints fingerprint kind name version' \
	"$(q A card --json | jq -r 'keys | join(" ")')"
same 'version 1 before serving' 1 "$(q A card --json | jq .version)"
start A
start B
same 'a new address makes a new version' 2 "$(q A card --json | jq .version)"
check 'with the address in it' [ \
	"$(q A card --json | jq -r '.endpoints[0]')" = \
	"$(sed -n 's/^serving .* at \(tcp:[^,]*\),.*/\1/p' A.out)" ]

q A card >a.card
q B card >b.card
fails 1 '--fingerprint' q A peer add b.card
grep -q "fingerprint $(fingerprint B)" fails.stderr || die 'no fingerprint shown'
echo 'ok: without a terminal it is shown, and refused'
fails 1 'fingerprint' q A peer add b.card --fingerprint "$(fingerprint A)"
fails 1 '' q A peer add b.card --fingerprint 'ABCD'
fails 1 '' q A peer add a.card --fingerprint "$(fingerprint A)"
fails 1 'no-such' q A peer add no-such.card
sed 's/^C/D/' b.card >bad.card
fails 1 'bad.card' q A peer add bad.card --fingerprint "$(fingerprint B)"
head -c 200000 /dev/urandom >noise.card
fails 1 'noise.card' q A peer add noise.card --fingerprint "$(fingerprint B)"

loose=$(fingerprint B | tr '[:upper:]' '[:lower:]' | tr -d ' ')
check 'case and spaces do not matter' q A peer add b.card --fingerprint "$loose"
check 'again is no error' q A peer add b.card --fingerprint "$loose"
q A card | q B peer add - --fingerprint "$(fingerprint A)" >/dev/null ||
	die 'a card from standard input'
until_true 30 connected A B || die 'no connection'
same 'one peer' 1 "$(q A peer list --json | jq length)"

# A new address travels over the session.
stop B
kill_hard A
start A
start B --listen 'tcp://127.0.0.1:*'
until_true 30 connected A B || die 'no connection at the new address'
same 'B has a new version' 3 "$(q B card --json | jq .version)"
newer() {
	q A peer list --json | jq -e '.[0].version == 3' >/dev/null
}
check 'which A learns by itself' until_true 30 newer
fails 1 'version' q A peer add b.card --fingerprint "$(fingerprint B)"

# A wildcard is not advertised, and says so.
stop B
start B --listen 'tcp://0.0.0.0:*'
check 'a wildcard is not advertised' grep -q 'is not advertised' B.err
check 'nor does the card name it' sh -c \
	"! '$QSG' --home B card --json | grep -q 0.0.0.0"
stop B
start B --listen 'tcp://0.0.0.0:*' --advertise tcp://merton.example:7101
same 'what is advertised may differ' tcp://merton.example:7101 \
	"$(q B card --json | jq -r '.endpoints[0]')"
stop B

# Two that claim one code.
org C 'NHS Other CCG' 08R ccg
start C
q C card >c.card
fails 1 '08R' q A peer add c.card --fingerprint "$(fingerprint C)"
check 'unless a person accepts it' q A peer add c.card --accept-code \
	--fingerprint "$(fingerprint C)"
fails 1 'NHS Other CCG' q A share --to 08R --provider RAL --source complaint \
	--kind soft --text words
echo 'passed'
