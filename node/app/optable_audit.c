#include "app/optable.h"

#include "app/auditing.h"
#include "app/bundles.h"
#include "app/disclosed.h"
#include "app/evidencing.h"
#include "app/exporting.h"
#include "app/witnessing.h"
#include "view/audit_json.h"
#include "view/bundle_check.h"
#include "view/evidence_view.h"
#include "view/shared_paper.h"
#include "view/witness_report.h"

static const struct ops_arg audit_shared_args[] = {
	{ "with", "with", "WHO", "only what this organisation was to read",
	    OPS_TEXT, 0, NULL },
	{ "provider", "provider", "CODE",
	    "only what concerns this provider, and what was said of it",
	    OPS_TEXT, 0, NULL },
	{ "since", "since", "TIME",
	    "only sealed since this date or RFC 3339 time", OPS_TEXT, 0, NULL },
};

static const struct ops_arg audit_record_args[] = {
	{ "id", "id", "ID", "the record's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
};

static const struct ops_arg export_args[] = {
	{ "out", "out", "FILE", "write the bundle here", OPS_TEXT,
	    OPS_REQUIRED | OPS_CLI_ONLY, NULL },
	{ "all", "all", NULL, "every record, housekeeping too", OPS_FLAG, 0,
	    NULL },
	{ "provider", "provider", "CODE",
	    "what concerns this provider, and what was said of it", OPS_TEXT, 0,
	    NULL },
	{ "record", "record", "ID", "this record; may be repeated", OPS_TEXT,
	    OPS_REPEATED, NULL },
	{ "summit", "summit", "SUMMIT",
	    "this risk summit: all that is held of it, and who signed for it",
	    OPS_TEXT, 0, NULL },
	{ "since", "since", "TIME",
	    "what was received since this date or RFC 3339 time", OPS_TEXT, 0,
	    NULL },
	{ "open", "open", NULL,
	    "in the clear, private notes included; who a source was, the "
	    "policy and who decided by it never are",
	    OPS_FLAG, OPS_CLI_ONLY, NULL },
	{ "with_activity", "with-activity", NULL,
	    "and, in the clear, who did and opened what here", OPS_FLAG, 0,
	    NULL },
};

static const struct ops_arg export_records_args[] = {
	{ "ids", NULL, NULL, "records", OPS_TEXT,
	    OPS_REQUIRED | OPS_REPEATED | OPS_API_ONLY, NULL },
	{ "heads", NULL, NULL, "checkpoints to prove them under", OPS_TEXT,
	    OPS_REPEATED | OPS_API_ONLY, NULL },
	{ "open", NULL, NULL, "with texts and keys", OPS_FLAG, OPS_API_ONLY,
	    NULL },
	{ "with_activity", NULL, NULL, "with those of activity", OPS_FLAG,
	    OPS_API_ONLY, NULL },
};

static const struct ops_arg export_seal_args[] = {
	{ "what", NULL, NULL, "what was chosen", OPS_TEXT,
	    OPS_REQUIRED | OPS_API_ONLY, NULL },
	{ "records", NULL, NULL, "how many", OPS_NUMBER,
	    OPS_REQUIRED | OPS_API_ONLY, NULL },
	{ "opened", NULL, NULL, "texts are in the clear", OPS_FLAG,
	    OPS_API_ONLY, NULL },
	{ "manifest", NULL, NULL, "SHA-256 of the manifest, in hex", OPS_TEXT,
	    OPS_REQUIRED | OPS_API_ONLY, NULL },
	{ "evidence", NULL, NULL, "hashes of the evidence in it, in hex",
	    OPS_TEXT, OPS_REPEATED | OPS_API_ONLY, NULL },
};

static const struct ops_arg bundle_check_args[] = {
	{ "file", "file", "FILE", "the bundle", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "trust", "trust", "WHO",
	    "a fingerprint you have compared, or the file of a card; may be "
	    "repeated",
	    OPS_TEXT, OPS_REPEATED, NULL },
};

static const struct ops_arg evidence_args[] = {
	{ "id", "id", "ID", "its number, as `audit evidence` lists it",
	    OPS_NUMBER, OPS_REQUIRED | OPS_POSITIONAL, NULL },
};

static const struct ops_arg evidence_export_args[] = {
	{ "id", "id", "ID", "its number, as `audit evidence` lists it",
	    OPS_NUMBER, OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "out", "out", "FILE", "where to write it", OPS_TEXT,
	    OPS_REQUIRED | OPS_CLI_ONLY, NULL },
};

static const struct ops_op rows[] = {
	{ .name = "audit-proof",
	    .words = "audit proof",
	    .summary = "print a record's portable signature",
	    .help =
		"Prints a proof (c2sp.org/tlog-proof) that the record stands "
		"in its author's log: its place, the hashes from there to the "
		"root, and the checkpoint that the author signed, with the "
		"cosignatures of its witnesses. It is text of a few hundred "
		"bytes, to keep as a file: `qsg audit proof 5f2c "
		">r.tlog-proof`.\n\n"
		"Whoever is to check it needs two more things, which --json "
		"gives beside it: the record's header, whose hash is the leaf, "
		"and the verifier key of the log, which they should have from "
		"the author itself. Then any C2SP tool can check it without a "
		"node: the header leads by the hashes to the root, and the key "
		"signed that root. It proves that this record, with this "
		"place, was signed by its author, and not what is in it: for "
		"that, export a bundle (`qsg audit export --open`), which "
		"`qsg audit check` checks whole.",
	    OPTABLE_ARGS(audit_record_args),
	    .handler = auditing_proof,
	    .render = audit_json_render_proof },
	{ .name = "audit-shared",
	    .words = "audit shared",
	    .summary = "show what was shared with whom, and who signed for it",
	    .help = "One line for each record and reader: when it was sealed, "
		    "when it was sent, and the receipt that its reader signed. "
		    "Each reader signs about once a minute. That it was "
		    "received does not say that a person has read it.",
	    OPTABLE_ARGS(audit_shared_args),
	    .handler = disclosed_shared,
	    .render = shared_paper_list,
	    .when_empty = "nothing has been shared" },
	{ .name = "audit-record",
	    .words = "audit record",
	    .summary = "show one record's whole life",
	    .help = "Its place in the log, its readers, what it corrects and "
		    "what corrects it, when it was sent and who signed for it, "
		    "who asked to hand it on and who did, who asked for its "
		    "erasure and what each said to that, in order of time; "
		    "and who opened it here. Times and answers of others are "
		    "what they say. `qsg record` shows whom it was granted to.",
	    OPTABLE_ARGS(audit_record_args),
	    .handler = disclosed_record,
	    .render = shared_paper_life },
	{ .name = "audit-log",
	    .words = "audit log",
	    .summary = "show the log's key and its newest cosigned checkpoint",
	    .help = "The checkpoint is a signed note (C2SP) with the lines of "
		    "those who cosigned it. Anybody can check it with the key.",
	    .handler = witnessing_log,
	    .render = witness_report_log },
	{ .name = "audit-witnesses",
	    .words = "audit witnesses",
	    .summary = "show who has cosigned our log, and whose we cosigned",
	    .help = "A witness signs that it has seen a head of the log, and "
		    "that it goes on from every head it saw before. Nothing "
		    "waits for it. --json gives the keys with which any C2SP "
		    "tool checks that.",
	    .handler = witnessing_witnesses,
	    .render = witness_report_witnesses },
	{ .name = "audit-evidence-list",
	    .words = "audit evidence list",
	    .summary = "list what proves that organisations contradict "
		       "themselves",
	    .handler = evidencing_list,
	    .render = evidence_view_render_list,
	    .when_empty = "no evidence: nobody is known to have contradicted "
			  "itself" },
	{ .name = "audit-evidence-show",
	    .words = "audit evidence show",
	    .summary = "show one piece of evidence and what it says",
	    OPTABLE_ARGS(evidence_args),
	    .handler = evidencing_show,
	    .render = evidence_view_render_item },
	{ .name = "audit-evidence-export",
	    .words = "audit evidence export",
	    .summary = "write a piece of evidence to a file for others",
	    .help = "Whoever knows the organisation's fingerprint can check "
		    "the file, without trusting whoever hands it over.",
	    OPTABLE_ARGS(evidence_export_args),
	    .handler = evidencing_show,
	    .run = evidencing_export,
	    .render = evidence_view_render_item },
	{ .name = "audit-evidence",
	    .words = "audit evidence",
	    .summary = "the same as `audit evidence list`",
	    .handler = evidencing_list,
	    .render = evidence_view_render_list,
	    .when_empty = "no evidence: nobody is known to have contradicted "
			  "itself" },
	{ .name = "audit-export",
	    .words = "audit export",
	    .summary = "write a bundle that an outsider can check",
	    .help =
		"Writes one tar archive (BagIt, RFC 8493) with the records "
		"chosen, own and received, each with its proof, the signed "
		"heads of their logs and the cards of those who signed; also "
		"the records that say who could read them, corrections, the "
		"receipts by which readers signed for ours, and evidence "
		"against whoever made them (with --all, all evidence). "
		"Whoever gets it can check it with `qsg audit check`, without "
		"this node and without trusting anybody.\n\n"
		"With --summit come all records of a risk summit that are held "
		"here, whether they count or not, what they cite, and every "
		"receipt for them, of others for others, too. With --open the "
		"check then lists who signed for which record, and when.\n\n"
		"Records stay sealed unless --open is given: then all that "
		"this organisation can read is in the clear, private notes "
		"included; who a source was, the policy and who decided by it "
		"never are. Nor is who did and opened what here, unless "
		"--with-activity is given: then every record of that comes "
		"along in the clear, whatever else was chosen, so that a "
		"checker sees that none is missing. It names accounts, "
		"records and what was searched for, and says nothing of what "
		"any record says. The export is logged in a record of its "
		"own.",
	    OPTABLE_ARGS(export_args),
	    .handler = exporting_choose,
	    .run = bundles_export,
	    .render = bundles_render },
	{ .name = "audit-export-records",
	    .summary = "give some records with their proofs",
	    OPTABLE_ARGS(export_records_args),
	    .handler = exporting_records },
	{ .name = "audit-export-seal",
	    .summary = "log that a bundle was written",
	    OPTABLE_ARGS(export_seal_args),
	    .flags = OPS_WRITES,
	    .handler = exporting_seal },
	{ .name = "audit-check",
	    .words = "audit check",
	    .summary = "check a bundle or evidence, without a home or a node",
	    .help =
		"Checks every byte of a bundle: names what was changed, added "
		"or left out, says what is proven, by whom, and what is not, "
		"and exits 1 when anything does not hold. A file of evidence "
		"(`audit evidence export`) is checked by itself. Who somebody "
		"is, it cannot know: compare the fingerprints it prints, and "
		"give those you have compared with --trust.",
	    OPTABLE_ARGS(bundle_check_args),
	    .flags = OPS_NO_API,
	    .run = bundles_check,
	    .render = bundle_check_render },
};

struct optable optable_audit(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
