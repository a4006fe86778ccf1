#!/usr/bin/env bash
# One risk summit between eight organisations, from a whistleblower's concern to
# standing down, with one node down when it is triggered: an area team, a CCG,
# local Healthwatch, CQC and Monitor as a group; the police and the trust, which
# are invited; and the NHS TDA, which is called by name.
# M662 M663 M664 M665 M666 M667 M668
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

G='South London QSG'
org area 'NHS England South London' Q71 nhs-england-area-team
org ccg 'NHS Merton CCG' 08R ccg
org watch 'Healthwatch Merton' local:healthwatch/merton healthwatch-local
org cqc 'Care Quality Commission' CQC cqc
org monitor 'Monitor' local:monitor monitor
org tda 'NHS Trust Development Authority' local:tda nhs-tda
org police 'Metropolitan Police' local:police police
org trust 'Royal Free London' RAL provider
all=(area ccg watch cqc monitor tda police trust)
for home in "${all[@]}"; do
	start "$home"
	q "$home" card >"$home.card"
done

check 'a group is founded' q area group create "$G" --level local \
	--region 'London QSG' --person 'Area Director'
invite() {
	q area group invite "$G" "$1.card" --as "$2" \
		--fingerprint "$(fingerprint "$1")" >/dev/null || die "invite $1"
}
joined() {
	[ "$(q "$1" group show "$G" --json | jq -r .members)" = "$2" ]
}
joins() {
	knows "$1" area
	until_true 30 q "$1" group show "$G" || die "no invitation reaches $1"
	q "$1" group join "$G" --yes >/dev/null || die "$1 cannot join"
}
invite ccg ccg
invite watch healthwatch-local
invite cqc cqc
invite monitor monitor
for home in ccg watch cqc monitor; do
	joins "$home"
done
for home in area ccg watch cqc monitor; do
	until_true 30 joined "$home" 5 || die "$home does not see five members"
done
for home in tda police trust; do
	meet ccg "$home"
done

# say HOME COMMAND...: the id alone.
say() {
	local home=$1
	shift
	q "$home" summit "$@" --yes 2>say.err | tail -n 1
}
# said HOME COMMAND...: what was said, as JSON.
said() {
	local home=$1
	shift
	q "$home" summit "$@" --yes --json 2>said.err
}

#
# The trigger.
#
check 'the trust is a foundation trust, says the CCG' q ccg provider relate \
	RAL --type foundation-trust --name 'Royal Free London'
concern=$(tell ccg 'A nurse says that the rota was altered after the fact' \
	--private)
held=$(holds ccg)
fails 2 'needs --provider' q ccg summit trigger --concern x --urgency 24h
fails 1 'urgency must be one of' q ccg summit trigger --provider RAL \
	--concern x --urgency soon
fails 1 'ODS code' q ccg summit trigger --provider 'R!' --concern x \
	--urgency 24h
fails 1 'only a statutory organisation triggers' q watch summit trigger \
	--provider RAL --concern x --urgency 24h --group "$G"
fails 1 'a provider neither triggers' q trust summit request --provider RAL \
	--concern x --urgency 24h --to ccg
fails 1 'no record' q ccg summit trigger --provider RAL --concern x \
	--urgency 24h --group "$G" --evidence 00000000
fails 1 'is a provider' q ccg summit trigger --provider RAL --concern x \
	--urgency 24h --group "$G" --invite RAL
fails 1 'nobody would be told' q area summit trigger --provider RYR \
	--concern x --urgency 24h --without cqc --without monitor
tried=$(said ccg trigger --provider ral --concern 'x' --urgency 24h \
	--group "$G" --evidence "$concern" --dry-run)
echo "$tried"
