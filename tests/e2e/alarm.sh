#!/usr/bin/env bash
# Alarms of a risk summit between real processes: whom a trigger and an
# invitation call, what a node that was down hears when it runs again, a hook, a
# mail, a clock that goes by and is recorded by each that saw it.
# M689 M691 M692 M693 M694
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

G='South London QSG'
text='qsg: an alarm waits for somebody to look at it: qsg alarm list'
org area 'NHS England South London' Q71 nhs-england-area-team
org ccg 'NHS Merton CCG' 08R ccg
org cqc 'Care Quality Commission' CQC cqc
org police 'Metropolitan Police' local:police police

# hook NAME: a program NAME that writes what it is given into NAME.told.
hook() {
	cat >"$1" <<HOOK
#!/bin/sh
{
	printf '%s|' "\$@"
	tr '\\0' ' ' <"/proc/\$\$/environ"
	cat
	echo
} >>'$E2E_DIR/$1.told'
HOOK
	chmod 700 "$1"
	: >"$1.told"
}
hook bell
hook mailer
hook watched
cat >ccg/config <<CONFIG
alarm.hook = $E2E_DIR/bell
alarm.mail = on-call@example.org
alarm.sendmail = $E2E_DIR/mailer
alarm.repeat = 1
CONFIG
for home in area ccg cqc police; do
	start "$home"
	q "$home" card >"$home.card"
done

check 'a group is founded' q area group create "$G" --level local \
	--region 'London QSG' --person 'Area Director'
joined() {
	[ "$(q "$1" group show "$G" --json | jq -r .members)" = "$2" ]
}
for home in ccg cqc; do
	q area group invite "$G" "$home.card" --as "$home" \
		--fingerprint "$(fingerprint "$home")" >/dev/null ||
		die "invite $home"
	knows "$home" area
	until_true 30 q "$home" group show "$G" ||
		die "no invitation reaches $home"
	q "$home" group join "$G" --yes >/dev/null || die "$home cannot join"
done
for home in area ccg cqc; do
	until_true 30 joined "$home" 3 || die "$home does not see three members"
done
meet area police

# alarms HOME FILTER [ARGUMENT...]
alarms() {
	local home=$1 filter=$2
	shift 2
	q "$home" alarm list "$@" --json | jq -r "$filter"
}
# stands HOME KIND N: so many of that kind stand.
stands() {
	[ "$(alarms "$1" "[.[] | select(.kind == \"$2\")] | length")" = "$3" ]
}
same 'there is none' '[]' "$(q ccg alarm list --json)"
check 'and people are told so' grep -q 'no alarm stands' \
	<(q ccg alarm list 2>&1)
same 'watch --once has nothing to give' '' "$(q ccg watch --once)"

#
# A trigger, with CQC down.
#
fails 1 'names a program that can be run' q area watch --hook ./none
q area watch --hook ./watched >watch.out 2>watch.err &
watcher=$!
stop cqc
summit=$(q area summit trigger --provider RAL --concern 'Deaths at night' \
	--urgency now --group "$G" --yes 2>trigger.err | tail -n 1)
[ ${#summit} -eq 64 ] || die "no summit: $(cat trigger.err)"
check 'the CCG is called' until_true 30 stands ccg trigger 1
check 'whoever triggered it is not' stands area trigger 0
check 'nor who is outside' stands police trigger 0
same 'it says by whom, and about whom' 'Q71 RAL false' \
	"$(alarms ccg '.[0] | "\(.author_code) \(.provider) \(.seen)"')"
check 'people read it' grep -q 'risk summit triggered, about RAL' \
	<(q ccg alarm list)
check 'the bell rings' until_true 30 grep -q "^$text|$summit|" bell.told
check 'a mail is sent' until_true 30 \
	grep -q 'To: on-call@example.org$' mailer.told
check 'with the id of the record' until_true 30 \
	grep -q "^Record $summit$" mailer.told
same 'neither says anything of it' '' "$(cat bell.told mailer.told |
	grep -i 'RAL\|Deaths\|South London\|summit\|RUNTIME_\|QSG_')"
check 'nothing of the environment is given' test \
	"$(cut -d'|' -f3 bell.told | head -n 1)" = \
	'PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 '
same 'watch gives it, without its content' 1 \
	"$(q ccg watch --once | grep -c "risk summit triggered.*record $summit")"
same 'as JSON, too' "$summit trigger false" "$(q ccg watch --once --json |
	jq -r '"\(.record) \(.kind) \(.again)"')"
start cqc
check 'who was down hears it later' until_true 60 stands cqc trigger 1

#
# Seen.
#
fails 1 'no record' q ccg alarm seen ffffffffffff
other=$(tell ccg 'Call bells unanswered' --private)
fails 1 'there is no alarm about that record' q ccg alarm seen "$other"
fails 1 'role must be' q ccg alarm seen "$summit" --role 'King'
rang() {
	[ "$(grep -c "^$text|$summit|" bell.told)" -ge "$1" ]
}
check 'one that nobody saw rings again' until_true 90 rang 2
seen=$(q ccg alarm seen "${summit:0:12}" --person 'A Manager') ||
	die 'it cannot be seen'
check 'it stands no longer' stands ccg trigger 0
same 'and is kept' "$seen" "$(alarms ccg '.[0].seen_record' --all)"
check 'once more records nothing' grep -q 'seen already' \
	<(q ccg alarm seen "$summit")
check 'nobody else hears of that' lacks area "$seen"
check 'CQC responds' q cqc summit respond "$summit" attending --yes
check 'which is to have seen it' stands cqc trigger 0
kill_hard cqc
start cqc
check 'also after a power cut' stands cqc trigger 0

#
# An invitation.
#
q area summit invite "$summit" "$(fingerprint police)" --text 'Please come' \
	--yes >/dev/null 2>invite.err || die "no invitation: $(cat invite.err)"
check 'the police are asked in' until_true 30 stands police invitation 1
invited=$(alarms police '.[0].record')
check 'and see it' q police alarm seen "$invited"
check 'so that it stands no longer' stands police invitation 0

#
# A clock goes by.
#
action=$(q area action add --what 'Walk the wards' --summit "$summit" --due \
	"$(date -u -d '+6 seconds' +%FT%TZ)" --yes 2>action.err | tail -n 1)
[ ${#action} -eq 64 ] || die "no action: $(cat action.err)"
for home in area ccg cqc; do
	check "$home sees it missed" until_true 60 stands "$home" missed 1
done
same 'it says which' action "$(alarms ccg '.[0].clock')"
check 'nobody outside does' stands police missed 0
missed_by() {
	[ "$(q "$1" records --type summit-missed --json | jq length)" = 3 ]
}
for home in area ccg cqc; do
	check "$home holds what each recorded" until_true 60 missed_by "$home"
done
check 'the one who watches is told' until_true 30 grep -q 'clock missed' watch.out
missed=$(alarms area '.[0].record')
check 'and its program' until_true 30 grep -q "^$text|$missed|" watched.told
check 'done too late' q area action close "$action" --yes
kill_hard ccg
start ccg
check 'it stays missed' stands ccg missed 1
check 'and is recorded once' missed_by ccg

#
# Without a node.
#
stop area
check 'who watches is told that nobody hears' until_true 30 \
	grep -q 'no alarm is heard until the node runs again' watch.err
fails 1 'no node' q area watch --once
start area
# What stands is given anew, as nobody has seen it: to a new one who watches.
same 'and what stands is given' 1 "$(q area watch --once | grep -c 'clock missed')"
kill -TERM "$watcher"
wait "$watcher" 2>/dev/null
for home in area ccg cqc police; do
	check "$home verifies" q "$home" verify
done
echo 'passed'
