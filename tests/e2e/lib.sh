# What the end-to-end scripts share. Sourced, never run.
# shellcheck shell=bash
set -u

QSG=${QSG:?the program to test}
E2E_DIR=${E2E_DIR:-$PWD}
E2E_DIR=$(mktemp -d "$E2E_DIR/run.XXXXXX")
cd "$E2E_DIR" || exit 1
# Where a real machine has /run: the copy of the mark.
mkdir run
export RUNTIME_DIRECTORY=$E2E_DIR/run
unset QSG_HOME
export NO_COLOR=1
declare -A pids=()
failures=0

printf 'a passphrase of tests\n' >pf
chmod 600 pf

# For jq 1.6 -e all is well when nothing comes in, as from a command that
# failed. This one fails then, in every shell that a script starts.
mkdir bin
cat >bin/jq <<EOF
#!/bin/sh
case \$1 in
-e*) ;;
*) exec '$(command -v jq)' "\$@" ;;
esac
out=\$('$(command -v jq)' "\$@") || exit
[ -n "\$out" ] || exit 4
printf '%s\n' "\$out"
EOF
chmod +x bin/jq
PATH=$PWD/bin:$PATH

cleanup() {
	local pid
	# What else a script started may wait for something that never comes.
	for pid in "${pids[@]}" $(jobs -p); do
		kill -KILL "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	[ "$failures" -gt 0 ] || rm -rf "$E2E_DIR"
}
trap cleanup EXIT

die() {
	echo "FAILED: $*" >&2
	failures=$((failures + 1))
	local log
	for log in ./*.err; do
		[ ! -s "$log" ] || sed "s|^|$log: |" "$log" | tail -n 20 >&2
	done
	exit 1
}

# check WHAT COMMAND...: the command must succeed.
check() {
	local what=$1
	shift
	"$@" >/dev/null || die "$what"
	echo "ok: $what"
}

# same WHAT WANTED GOT
same() {
	[ "$2" = "$3" ] || die "$1: wanted '$2', got '$3'"
	echo "ok: $1"
}

# fails STATUS WORDS COMMAND...: exits so, with one line on standard error that
# holds the words, and nothing on standard output.
fails() {
	local status=$1 words=$2 got
	shift 2
	"$@" >fails.stdout 2>fails.stderr </dev/null
	got=$?
	[ "$got" -eq "$status" ] ||
		die "$*: exit $got, wanted $status: $(cat fails.stderr)"
	grep -qF -- "$words" fails.stderr ||
		die "$*: said '$(cat fails.stderr)', wanted '$words'"
	grep -q '^qsg: ' fails.stderr || die "$*: no line 'qsg: ...'"
	[ "$(grep -c '^qsg: ' fails.stderr)" -eq 1 ] ||
		die "$*: more than one line 'qsg: ...'"
	[ ! -s fails.stdout ] || die "$*: wrote to standard output"
	echo "ok: exit $status, $words"
}

# until_true SECONDS COMMAND...: again and again, until it succeeds.
until_true() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

q() {
	local home=$1
	shift
	"$QSG" --home "$home" "$@"
}

# holds HOME: how many records are there, but for those that come or are made at
# a time of their own: receipts, what people did, openings of streams, and what
# a group says of itself.
holds() {
	q "$1" records --all --json | jq '[.[] | select(.type | IN("activity",
		"audience", "membership", "receipt", "roster") | not)] | length'
}

# org HOME NAME CODE KIND
org() {
	"$QSG" init --home "$1" --name "$2" --code "$3" --kind "$4" \
		--passphrase-file pf --cheap-keystore 2>"$1.init" ||
		die "init $1: $(cat "$1.init")"
}

is_up() {
	grep -q '^serving ' "$1.out" || ! kill -0 "${pids[$1]}" 2>/dev/null
}

# start HOME [ARGUMENT...]: serve it, and wait until it is ready. At first on
# any free port of the loopback, later where its card says.
start() {
	local home=$1
	shift
	if [ $# -eq 0 ] && [ "$(q "$home" card --json | jq '.endpoints | length')" = 0 ]; then
		set -- --listen 'tcp://127.0.0.1:*'
	fi
	: >"$home.out"
	"$QSG" serve --home "$home" --passphrase-file pf "$@" \
		>"$home.out" 2>>"$home.err" </dev/null &
	pids[$home]=$!
	until_true 30 is_up "$home" || die "$home does not start"
	grep -q '^serving ' "$home.out" || die "$home ended: $(cat "$home.err")"
}

# stop HOME: as systemd does; must exit 0.
stop() {
	local pid=${pids[$1]}
	unset "pids[$1]"
	kill -TERM "$pid"
	wait "$pid"
	same "$1 stops with 0" 0 $?
}

# kill_hard HOME
kill_hard() {
	local pid=${pids[$1]}
	unset "pids[$1]"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	return 0
}

fingerprint() {
	q "$1" card --json | jq -r .fingerprint
}

# knows A B: A accepts B's card.
knows() {
	q "$2" card >"$2.card" || die "card of $2"
	q "$1" peer add "$2.card" --fingerprint "$(fingerprint "$2")" \
		>/dev/null || die "$1 does not accept $2"
}

# meet A B: both accept each other, and connect.
meet() {
	knows "$1" "$2"
	knows "$2" "$1"
	until_true 30 connected "$1" "$2" || {
		q "$1" peer list >&2
		die "$1 and $2 do not connect"
	}
}

connected() {
	q "$1" peer list --json | jq -e --arg f "$(fingerprint "$2")" \
		'any(.[]; .fingerprint == $f and .connected)' >/dev/null
}

disconnected() {
	! connected "$@"
}

# tell A TEXT [ARGUMENT...]: share an item; its id.
tell() {
	local home=$1 text=$2
	shift 2
	q "$home" share --provider RAL --source complaint --kind soft \
		--text "$text" "$@" 2>/dev/null | tail -n 1
}

# has HOME ID: it is held, or comes within half a minute.
has() {
	q "$1" record "$2" --wait-ms 30000 --json >/dev/null 2>&1
}

lacks() {
	! q "$1" record "$2" --json >/dev/null 2>&1
}

# api HOME OPERATION JSON
api() {
	curl -s --unix-socket "$1/api.sock" -d "$3" "http://qsg/v1/$2"
}

# The number a jq expression gives for status.
status_of() {
	q "$1" status --json | jq -r "$2"
}
