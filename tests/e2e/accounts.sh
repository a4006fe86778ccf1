#!/usr/bin/env bash
# Who may use a node and what they did: roles, Unix users, passwords, scope, and
# the log of activity. M155 M156 M460 M461 M462 M463 M465 M466 M467 M468 M469
# shellcheck disable=SC2016
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# A place that other users of the machine get to, wherever the tree is.
open=$(mktemp -d) || die 'a place for all'
chmod 755 "$open"
trap 'rm -rf "$open"; cleanup' EXIT
install -m 755 "$QSG" "$open/qsg" || die 'a program for all'

org A 'NHS Barnet CCG' 07M ccg
org B 'NHS Merton CCG' 08R ccg
printf 'activity.interval = 1\nsocket = %s/shared.sock\nactivity.tell_authors = yes\n' \
	"$open" >>A/config
start A
start B
meet A B

me=$(id -un)
same 'whoever makes a home has the first account' "$me administrator true" \
	"$(q A account list --json | jq -r '.[0] | "\(.name) \(.roles[0]) \(.enabled)"')"
same 'and is taken for it' "$me true" \
	"$(q A account whoami --json | jq -r '"\(.name) \(.has_account)"')"
same 'status counts accounts' 1 "$(q A status --json | jq .accounts)"
fails 1 'is the last administrator' q A account disable "$me"

# Passwords, never in the arguments.
printf 'the first\n' >pw1
printf 'the second\n' >pw2
chmod 600 pw1 pw2
check 'an account with a password' \
	q A account add gu --role caldicott-guardian --new-password-file pw1
fails 1 'there is an account gu already' q A account add gu --role viewer
fails 1 'role must be one of' q A account add x --role king
fails 1 'the name of an account is' q A account add 'Dr X' --role viewer
fails 1 'this machine has no Unix user' \
	q A account add x --role viewer --unix-user no-such-user
fails 2 'name it with --account' q A records --password-file pw1
fails 1 'no password' q A records --account gu
same 'it acts as itself' gu \
	"$(q A account whoami --account gu --password-file pw1 --json | jq -r .name)"
fails 1 'wrong account or password' q A records --account gu --password-file pw2
fails 1 'wrong account or password' q A records --account nobody --password-file pw1
check 'a new password' q A account password gu --new-password-file pw2
fails 1 'wrong account or password' q A records --account gu --password-file pw1
check 'counts at once' q A records --account gu --password-file pw2
fails 1 'it takes the role administrator' \
	q A account add y --role viewer --account gu --password-file pw2
check 'no password is on the disk' \
	bash -c '! grep -aqrF -e "the first" -e "the second" -e argon2id A'

# Guesses: nobody else waits for them, and the next takes longer and longer.
guess() {
	curl -s --unix-socket A/api.sock -u "$1" -d '{}' http://qsg/v1/status
}
check 'another with a password' \
	q A account add ca --role viewer --new-password-file pw1
for _ in 1 2 3 4 5; do guess ca:x >/dev/null; done
check 'after five wrong ones the next is not compared' \
	grep -q 'too many wrong passwords' <<<"$(guess 'ca:the first')"
for _ in 1 2 3 4 5; do guess nosuch:x >/dev/null; done
check 'nor where there is no such account' \
	grep -q 'too many wrong passwords' <<<"$(guess nosuch:x)"
check 'another name is' q A records --account gu --password-file pw2
guesses_noted() {
	q A activity --who ca --json |
		jq -e 'any(.[]; .refused and (.about | test("wrong account or password, [0-9]+ times")))'
}
check 'guesses are noted' until_true 20 guesses_noted

# A name that is no text neither gets in nor keeps anything from being noted.
check 'a name that is no text is refused' grep -q 'wrong account or password' \
	<<<"$(curl -s --unix-socket A/api.sock -u $'\xff\xfe:x' -d '{}' http://qsg/v1/records)"
no_text_noted() {
	q A activity --json | jq -e 'any(.[]; .account == "?" and .refused and .logged_in)'
}
check 'and that is in a record' until_true 20 no_text_noted

# What an account may, and what it did.
mine=$(q A share --to 08R --provider RAL --kind soft --source visit \
	--stance concern --text 'call bells unanswered' --json | jq -r .record)
theirs=$(q B share --to 07M --provider RAL --kind soft --source pals \
	--stance concern --text 'a complaint' --json | jq -r .record)
arrived() {
	[ "$(q A records --author 08R --json | jq length)" = 1 ]
}
check 'it arrives' until_true 20 arrived
check 'viewer' q A account add vi --role viewer --new-password-file pw1
vi() {
	q A "$@" --account vi --password-file pw1
}
check 'a viewer reads' vi record "$mine"
fails 1 'vi may not do that (share)' vi share --private --provider RAL --text no
fails 1 'vi may not do that (activity)' vi activity
same 'and does not see who read' null \
	"$(vi audit record "$mine" --json | jq .opened_here)"

did() {
	q A activity "$@" --json
}
check 'the read is noted' jq -e --arg id "$mine" \
	'any(.[]; .account == "vi" and .operation == "record" and .records == [$id])' \
	<<<"$(did --who vi)"
check 'what was refused, too' jq -e \
	'any(.[]; .account == "vi" and .operation == "share" and .refused)' \
	<<<"$(did)"
check 'and the share, with its record' jq -e --arg me "$me" --arg id "$mine" \
	'any(.[]; .account == $me and .operation == "share" and (.records | index($id)))' \
	<<<"$(did --record "${mine:0:12}")"
check 'audit record says who opened it here' jq -e \
	'any(.opened_here[]; .account == "vi" and .operation == "record")' \
	<<<"$(q A audit record "$mine" --json)"
in_record() {
	jq -e 'length > 0 and all(.[]; .logged_in != null)' <<<"$(did --who vi)"
}
check 'all of it is in a record within the interval' until_true 20 in_record
told() {
	q B audit record "$theirs" --json |
		jq -e 'any(.events[]; .event == "opened" and .organisation == "NHS Barnet CCG")'
}
check 'its author is told that it was opened' until_true 20 told
check 'the home is whole' q A verify

# Outsiders see it where they are meant to, and can follow it. M435 M436
check 'a bundle without who opened what' \
	q A audit export --out without.tar --all --open
same 'does not tell' null "$("$QSG" audit check without.tar --json | jq .activity)"
check 'and one with it' \
	q A audit export --out with.tar --record "$mine" --with-activity
check 'tells who opened what, whole, and nothing else' \
	jq -e --arg id "$mine" '.consistent and .activity.missing == [] and
		.activity.records > 0 and any(.records[].activity[]?;
			.account == "vi" and .operation == "record" and
			.records == [$id]) and
		any(.records[]; .record == $id and .state == "sealed")' \
	<<<"$("$QSG" audit check with.tar --json)"
"$QSG" audit check with.tar >said || die 'check'
check 'for people too' grep -q 'none of these records is missing' said
fails 1 'vi may not do that (audit-export)' \
	vi audit export --out no.tar --all --with-activity

# Neither a stop nor a power cut loses what was done.
check 'a read' vi record "$theirs"
stop A
start A
check 'is there after a stop' jq -e --arg id "$theirs" \
	'any(.[]; .operation == "record" and .records == [$id])' <<<"$(did --who vi)"
q A account add later --role viewer >/dev/null
kill_hard A
start A
check 'and an act after a power cut' jq -e \
	'any(.[]; .operation == "account-add" and .about == "later")' <<<"$(did)"
check 'the home is whole' q A verify

# Another user of the machine.
if [ "$(id -u)" = 0 ]; then
	nobody() {
		setpriv --reuid 65534 --clear-groups "$open/qsg" --home "$open/shared.sock" "$@"
	}
	if setpriv --reuid 65534 --clear-groups test -w "$open/shared.sock" &&
		setpriv --reuid 65534 --clear-groups test -x "$open/qsg"; then
		fails 1 'no enabled account names your Unix user' nobody records
		check 'an account of another user' \
			q A account add no --role contributor --unix-user 65534
		same 'is that user' no "$(nobody account whoami --json | jq -r .name)"
		check 'who may share' nobody share --private --provider RAL --kind soft \
			--source visit --text 'by another'
		fails 1 'no may not do that (peer-refuse)' nobody peer refuse 08R --reason x
		# Neither strangers who say nothing nor one user take all places.
		# Each until it is killed: nobody writes what it reads.
		mkfifo never && exec 9<>never
		hold() {
			setpriv --reuid "$1" --clear-groups perl -MIO::Socket::UNIX -e '
				$SIG{PIPE} = "IGNORE";
				for (1..300) { push @s, IO::Socket::UNIX->new(Peer => $ARGV[0]) or last }
				$| = 1; print "held\n"; <STDIN>' "$open/shared.sock" <&9 >"held.$1" &
			holder=$!
			until_true 20 grep -q held "held.$1"
		}
		if setpriv --reuid 65534 --clear-groups perl -MIO::Socket::UNIX -e 1; then
			check 'a stranger holds connections' hold 1234
			check 'others get in' timeout 5 setpriv --reuid 65534 \
				--clear-groups "$open/qsg" --home "$open/shared.sock" account whoami
			kill "$holder"
			check 'a user holds connections' hold 65534
			check 'the owner gets in' timeout 5 \
				"$open/qsg" --home "$open/shared.sock" account whoami
			kill "$holder"
			check 'it gets in again' until_true 20 nobody account whoami
		else
			echo 'skipped: another user has no perl'
		fi
		check 'until it is disabled' q A account disable no
		fails 1 'no enabled account names your Unix user' nobody records
	else
		echo 'skipped: another user cannot get here'
	fi
fi

# Several accounts: two people are two accounts.
printf '[rule]\nsource = whistleblower\nverdict = four eyes\n' >rules
check 'a rule of four eyes' q A policy set rules
number=$(q A share --to 08R --provider RAL --kind soft --source whistleblower \
	--text 'unsafe at night' --json | jq .release)
check 'it waits' [ "$number" -ge 1 ]
fails 1 'leave out --person' q A release approve "$number" --person 'Somebody Else'
fails 1 'another person has to decide' q A release approve "$number"
check 'another account approves' \
	q A release approve "$number" --account gu --password-file pw2

# Two correct a correction at once: one does, and the other is told by whom.
shared=$(q A share --to 08R --provider RAL --kind soft --source visit \
	--text 'nobody answers' --json | jq -r .record)
first=$(q A correct "$shared" --text 'few answer' --json | jq -r .record)
q A account add co --role contributor --new-password-file pw1 >/dev/null ||
	die 'an account'
q A correct "$first" --text 'by one' --json >one.out 2>one.err &
one=$!
q A correct "$first" --text 'by the other' --account co --password-file pw1 \
	--json >other.out 2>other.err &
other=$!
wait "$one"
ended=$?
wait "$other"
same 'one of two corrections at once is made' 1 $((ended + $?))
newest=$(cat one.out other.out | jq -r 'select(.record != null).record')
check 'the other is told which' \
	grep -q "corrected meanwhile, by record $newest" one.err other.err
same 'and nothing is lost' 3 \
	"$(q A record "$shared" --history --json | jq '.history | length')"

# Scoped to groups and regions: nothing of others.
fails 1 'nor is there a region' \
	q A account scope vi --scope Nowhere
fails 1 'of a region Nowhere' \
	q A account scope vi --scope region:Nowhere
org T 'NHS England North London' Q71 nhs-england-area-team
start T
meet A T
T_has='Barnet QSG'
check 'a group of a region' q T group create "$T_has" --level local --region London
check 'A is invited' q T group invite "$T_has" 07M --as ccg
invited() {
	q A group list --json | jq -e --arg name "$T_has" 'any(.[]; .name == $name)'
}
until_true 20 invited || die 'no invitation'
fails 1 'of a region London' q A account scope vi --scope region:London
check 'A joins' q A group join "$T_has"
joined() {
	[ "$(q T group show "$T_has" --json | jq -r .members)" = 2 ]
}
until_true 20 joined || die 'A does not join'
grouped=$(q A share --to "$T_has" --provider RAL --kind soft --source visit \
	--stance concern --text 'for the group' --yes --json | jq -r .record)
for scope in "$T_has" London region:london; do
	check "scope $scope" q A account scope vi --scope "$scope"
	check 'sees what is of the group' vi record "$grouped"
	same 'and lists that alone' "$grouped" \
		"$(vi records --json | jq -r '.[].id')"
	same 'as it was shared' "$grouped" \
		"$(vi audit shared --json | jq -r '[.[].record] | unique[]')"
	fails 1 'is not of these alone' vi record "$mine"
	fails 1 'is not of these alone' vi audit record "$theirs"
	fails 1 'is not of these alone' vi provider show RAL
	fails 1 'is not of these alone' vi provider list
	fails 1 'is not of these alone' vi requests
done
same 'the region is named' London \
	"$(q A account list --json | jq -r '.[] | select(.name == "vi").scope[0].region')"
check 'an account can be added so' q A account add re --role caldicott-guardian \
	--scope region:London --new-password-file pw1
for words in 'activity' 'foi search RAL' 'audit export --all --out no.tar'; do
	# shellcheck disable=SC2086 # words are words
	fails 1 'is not of these alone' q A $words --account re --password-file pw1
done
better=$(q A correct "$grouped" --text 'for the group, corrected' --json |
	jq -r .record)
check 'a correction is where the record is' vi record "$better"
check 'scoped to nothing' q A account scope vi
check 'it sees all again' vi record "$mine"
