#!/usr/bin/env bash
# The author is gone; a co-reader passes on what it wrote, and nothing else.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
org C 'Care Quality Commission' CQC cqc
start A
start B
start C
meet A B
meet A C
meet B C
opening=$(tell A 'both hear the opening' --to 08R --to CQC)
check 'B hears the opening' has B "$opening"
check 'C hears the opening' has C "$opening"

stop C
both=$(tell A 'for both, while C is away' --to 08R --to CQC)
only=$(tell A 'for B alone' --to 08R)
has B "$both" || die 'B lacks what is for both'
has B "$only" || die 'B lacks its own'
kill_hard A
start C
# A co-reader's offer may be held back for half a minute.
check 'a co-reader delivers' until_true 90 has C "$both"
same 'with its author' 'NHS Barnet CCG' "$(q C record "$both" --json | jq -r .author)"
check 'and nothing that is for B alone' lacks C "$only"
same 'nobody complains' '0 0' "$(q C peer list --json |
	jq -r '"\(map(.refused_here) | add) \(map(.refused_there) | add)"')"
check 'C verifies' q C verify
echo 'passed'
