# The results of scripts/bench, as a table and as flat JSON.
# Lines of `key value` in; variables: cpu cores kernel disk version records
# readers json.

{ if (!($1 in value)) order[++count] = $1; value[$1] = $2 }

function ratio(key, top, below) {
	if (!(key in value))
		order[++count] = key
	value[key] = value[below] > 0 ? sprintf("%.3f", value[top] / value[below]) : 0
}

function quoted(text) {
	gsub(/[\\"]/, "", text)
	return "\"" text "\""
}

# 12345.6 as 12,345
function whole(number,    text, out) {
	text = sprintf("%.0f", number)
	while (length(text) > 3) {
		out = "," substr(text, length(text) - 2) out
		text = substr(text, 1, length(text) - 3)
	}
	return text out
}

function line(what, shown, unit, beside) {
	printf "  %-44s %12s %-4s %s\n", what, shown, unit, beside
}

function rate(what, key, beside) {
	line(what, whole(value[key]), "/s", beside)
}

function time(what, key, beside) {
	line(what, sprintf("%.2f", value[key]), "ms", beside)
}

function start(what, key, beside) {
	line(what, whole(value[key]), "ms", beside)
}

# Making and checking in microseconds, and the bytes, of a log of n.
function proof(what, key, n) {
	line(what ", log of " whole(n) ", make", sprintf("%.1f", value[key "_make_us_" n]), "us", sprintf("check %.1f us, %s bytes", value[key "_check_us_" n], whole(value[key "_bytes_" n])))
}

function of(key, name) {
	return sprintf("%.2f of %s", value[key], name)
}

function verdict(good, goal) {
	return (good ? "met: " : "NOT met: ") goal
}

END {
	ratio("ratio_bulk_to_sqlite", "bulk_replication_per_s", "sqlite_durable_insert_per_s")
	ratio("ratio_bulk_to_zmq", "bulk_replication_per_s", "zmq_curve_1k_per_s")
	ratio("ratio_submit_1_to_sqlite", "submit_1_reader_per_s", "sqlite_durable_insert_per_s")
	ratio("ratio_submit_20_to_1", "submit_20_readers_per_s", "submit_1_reader_per_s")
	ratio("ratio_latency_p50_to_commit", "latency_p50_ms", "durable_commit_ms")
	order[++count] = "alarm_limit_ms"
	value["alarm_limit_ms"] = sprintf("%.3f", value["latency_p50_ms"] + 100)
	ratio("ratio_alarm_p50_to_limit", "alarm_p50_ms", "alarm_limit_ms")
	ratio("ratio_latency_p50_to_back_to_back_commit", "latency_p50_ms", "durable_commit_back_to_back_ms")

	printf "\n%s on %s, %d cores, %s, homes on %s\n", version, cpu, cores, kernel, disk
	print "\nthis machine"
	rate("SQLite, durable inserts of the same row", "sqlite_durable_insert_per_s", "batches of 1,000, one core")
	rate("Ed25519, verifications", "ed25519_verify_per_s", "one core")
	rate("ZeroMQ, CURVE messages of 1 KiB", "zmq_curve_1k_per_s", "loopback")
	time("one durable commit of a record", "durable_commit_ms", "median; 1 ms after the one before")
	time("the same, back to back", "durable_commit_back_to_back_ms", "disk and processor never rest")
	time("of its row alone", "durable_commit_row_alone_ms", "without stream, head and tally")
	print "\nthe node"
	rate("bulk replication, " whole(records) " records", "bulk_replication_per_s", of("ratio_bulk_to_sqlite", "SQLite") ", " of("ratio_bulk_to_zmq", "ZeroMQ"))
	rate("submit to 1 reader, batches of 1,000", "submit_1_reader_per_s", of("ratio_submit_1_to_sqlite", "SQLite"))
	rate("submit to " readers " readers, batches of 1,000", "submit_20_readers_per_s", of("ratio_submit_20_to_1", "1 reader"))
	rate("submit to 1 reader, 64 single requests aloft", "submit_1_reader_64_in_flight_per_s", "")
	rate("submit to " readers " readers, the same", "submit_20_readers_64_in_flight_per_s", "")
	time("shared here to readable there, median", "latency_p50_ms", sprintf("%.1f durable commits, %.1f back to back", value["ratio_latency_p50_to_commit"], value["ratio_latency_p50_to_back_to_back_commit"]))
	time("the same, 99th percentile", "latency_p99_ms", whole(value["latency_samples"]) " samples")
	time("of it, until durable here, median", "latency_durable_p50_ms", "")
	time("risk summit triggered to alarm, median", "alarm_p50_ms", of("ratio_alarm_p50_to_limit", "its limit"))
	time("the same, 99th percentile", "alarm_p99_ms", whole(value["alarm_samples"]) " samples")
	start("start, nothing held", "start_empty_ms", "passphrase check included")
	start("start, " whole(records) " records, snapshot", "start_snapshot_ms", "")
	start("start, " whole(records) " records, no snapshot", "start_no_snapshot_ms", "")
	line("memory of the author", sprintf("%.1f", value["rss_author_mib"]), "MiB", "after the bulk")
	line("memory of the reader", sprintf("%.1f", value["rss_reader_mib"]), "MiB", "")
	line("on disk, a record", whole(value["bytes_per_record"]), "B", "")
	print "\nproofs, on one core"
	for (n = 1000; n <= 1000000; n *= 10)
		proof("a record\x27s proof", "proof", n)
	for (n = 1000; n <= 1000000; n *= 10)
		proof("consistency", "consistency", n)
	rate("heads verified, joined and cosigned", "cosign_per_s", "600 logs, computing alone")
	line("of one core, 600 peers a head a minute", sprintf("%.2f", value["cosign_600_peers_core_percent"]), "%", "without the commits")
	print "\ngoals (information; nothing fails)"
	bulk = value["bulk_replication_per_s"]
	line("bulk replication", whole(bulk), "/s", verdict(bulk >= 40000, "goal 40,000/s"))
	line("", "", "", verdict(bulk >= 15000, "floor 15,000/s"))
	line(readers " readers against 1", sprintf("%.2f", value["submit_20_readers_per_s"] > 0 ? value["submit_1_reader_per_s"] / value["submit_20_readers_per_s"] : 0), "x", verdict(value["ratio_submit_20_to_1"] * 1.2 >= 1, "within 1.2x"))
	line("latency p50 in durable commits", sprintf("%.1f", value["ratio_latency_p50_to_commit"]), "", verdict(value["ratio_latency_p50_to_commit"] + 0 < 6, "under three times two"))

	line("trigger to alarm, p50", sprintf("%.1f", value["alarm_p50_ms"]), "ms", verdict(value["alarm_p50_ms"] + 0 <= value["alarm_limit_ms"] + 0, sprintf("latency p50 and 100 ms: %.1f", value["alarm_limit_ms"])))

	printf "{\n  \"version\": %s,\n  \"cpu\": %s,\n  \"cores\": %d,\n  \"kernel\": %s,\n  \"filesystem\": %s,\n  \"records\": %d,\n  \"readers\": %d", quoted(version), quoted(cpu), cores, quoted(kernel), quoted(disk), records, readers >json
	for (i = 1; i <= count; i++)
		printf ",\n  \"%s\": %s", order[i], value[order[i]] >json
	print "\n}" >json
	printf "\nwritten: %s\n", json
}
