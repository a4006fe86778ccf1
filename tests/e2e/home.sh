#!/usr/bin/env bash
# The home: permissions, a second node, stale files, a long path, other users.
# M16 M155 M156 M162
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

org A 'NHS Barnet CCG' 07M ccg
# What is shipped takes no keystore of tests.
released=$QSG_TOP/build/release/qsg
if [ -x "$released" ]; then
	fails 1 'cheap passphrase cost' "$released" init --home R \
		--name 'NHS Barnet CCG' --code 07M --kind ccg \
		--passphrase-file pf --cheap-keystore
	check 'and makes no home' [ ! -e R ]
	fails 1 'cheap passphrase cost' "$released" --home A verify \
		--passphrase-file pf
else
	echo 'skipped: what is shipped refuses (make builds it)'
fi
same 'the home is private' 700 "$(stat -c %a A)"
start A
same 'no file in it is open to others' '' \
	"$(find A ! -type d -perm /077 -printf '%f ')"
same 'the socket is private' 600 "$(stat -c %a A/api.sock)"
same 'the environment names the home' 07M \
	"$(QSG_HOME=$PWD/A "$QSG" card --json | jq -r .code)"
same 'the home may follow the command' 07M \
	"$("$QSG" card --json --home A | jq -r .code)"
same 'no core is dumped' 0 \
	"$(awk '/^Max core file size/ { print $5 }' "/proc/${pids[A]}/limits")"

fails 1 "already being served by process ${pids[A]}" \
	q A serve --passphrase-file pf
check 'the first one serves on' q A status
fails 1 'no home Nowhere' "$QSG" --home Nowhere serve --passphrase-file pf

# A killed node leaves its socket and lock behind.
kill_hard A
check 'a stale socket is there' [ -S A/api.sock ]
fails 1 'no node serves A' q A status
start A
check 'and is recovered' q A status
stop A
check 'a stopped node leaves no socket' [ ! -e A/api.sock ]

# Somebody put a file in the socket's place.
: >A/api.sock
start A
check 'a file in its place is replaced' q A status
stop A

# As systemd starts it: the passphrase is a credential, readiness is told.
mkdir credentials
cp pf credentials/qsg.passphrase
/usr/bin/python3 - notify.sock >notified <<'PY' &
import socket
import sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
receiver.settimeout(60)
print(receiver.recv(100).decode(), flush=True)
print(receiver.recv(100).decode(), flush=True)
PY
listener=$!
until_true 30 [ -S notify.sock ] || die 'no listener'
: >A.out
NOTIFY_SOCKET=$PWD/notify.sock CREDENTIALS_DIRECTORY=$PWD/credentials \
	"$QSG" --home A serve >A.out 2>>A.err </dev/null &
pids[A]=$!
check 'readiness is told' until_true 30 grep -q '^READY=1$' notified
check 'then it serves' q A status
stop A
wait "$listener"
check 'stopping is told' grep -q '^STOPPING=1$' notified

# A path longer than a socket address.
long=$PWD
while [ ${#long} -lt 180 ]; do
	long=$long/a-rather-long-name-of-a-folder
done
mkdir -p "$long"
mv A "$long/A"
ln -s "$long" short
pf=$PWD/pf
: >A.out
"$QSG" serve --home "$long/A" --passphrase-file "$pf" >A.out 2>>A.err &
pids[A]=$!
until_true 30 is_up A || die 'does not start at a long path'
same 'a long path works' 07M \
	"$("$QSG" --home "$long/A" status --json | jq -r .organisation.code)"
same 'its socket is in the home' 600 "$(stat -c %a "$long/A/api.sock")"
check 'by another way too' "$QSG" --home short/A status
stop A

# Other users, where we may try.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null &&
	setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
	mv "$long/A" ./A
	start A
	outer=$PWD
	# The folders on the way are opened, the socket too: the node itself
	# must refuse.
	chmod 711 "$outer" A
	chmod 666 A/api.sock
	setpriv --reuid 65534 --clear-groups curl -s -o other.out \
		--unix-socket "$outer/A/api.sock" http://qsg/v1/status 2>/dev/null
	check 'another user gets no answer' [ ! -s other.out ]
	check 'we do' q A status
	chmod 700 "$outer" A
	chmod 600 A/api.sock
	stop A
else
	echo 'skipped: another user at the socket (needs root and setpriv)'
fi
echo 'passed'
