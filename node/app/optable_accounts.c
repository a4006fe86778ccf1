#include "app/optable.h"

#include "app/accounting.h"
#include "domain/roles.h"
#include "view/account_json.h"

#define NAME_ARG                                                               \
	{                                                                      \
		"name", "name", "NAME", "the account's", OPS_TEXT,             \
		    OPS_REQUIRED | OPS_POSITIONAL, NULL                        \
	}
#define NEW_PASSWORD_ARGS(flags)                                               \
	{ "new_password_file", "new-password-file", "FILE",                    \
		"read its new password from this file", OPS_TEXT,              \
		OPS_CLI_ONLY, NULL },                                          \
	{                                                                      \
		"password_hash", "password-hash", "HASH",                      \
		    "of the password, Argon2id", OPS_TEXT,                     \
		    OPS_API_ONLY | (flags), NULL                               \
	}

static const struct ops_arg add_args[] = {
	NAME_ARG,
	{ "roles", "role", "ROLE", "what it may do; may be repeated", OPS_TEXT,
	    OPS_REQUIRED | OPS_REPEATED, roles_vocab },
	{ "unix_user", "unix-user", "USER",
	    "whose requests are its own: a user of this machine", OPS_TEXT,
	    OPS_CLI_ONLY, NULL },
	{ "user", "user", "NUMBER", "the Unix user's number", OPS_NUMBER,
	    OPS_API_ONLY, NULL },
	NEW_PASSWORD_ARGS(0),
	{ "scope", "scope", "GROUP-OR-REGION",
	    "only what is of this group, or of this region's groups; may be "
	    "repeated",
	    OPS_TEXT, OPS_REPEATED, NULL },
};

static const struct ops_arg name_args[] = { NAME_ARG };

static const struct ops_arg password_args[] = { NAME_ARG,
	NEW_PASSWORD_ARGS(OPS_REQUIRED) };

static const struct ops_arg scope_args[] = {
	NAME_ARG,
	{ "scope", "scope", "GROUP-OR-REGION",
	    "only what is of this group, or of this region's groups; may be "
	    "repeated; none: everything",
	    OPS_TEXT, OPS_REPEATED, NULL },
};

static const struct ops_arg activity_args[] = {
	{ "who", "who", "NAME", "what this account did", OPS_TEXT, 0, NULL },
	{ "record", "record", "ID",
	    "what was done with this record: its id, or how it begins",
	    OPS_TEXT, 0, NULL },
	{ "since", "since", "WHEN", "from this day or time on", OPS_TEXT, 0,
	    NULL },
};

static const struct ops_op rows[] = {
	{ .name = "account-add",
	    .words = "account add",
	    .summary = "let a person use this node",
	    .help =
		"An account is a named person of this organisation. Its roles "
		"say what it may do; give as few as the work needs. A Unix "
		"user named with --unix-user is that account, without a "
		"password; anybody else acts as it with --account NAME and "
		"its password. Other users of the machine reach the node "
		"through the socket that `socket` in the home's config names, "
		"which they give as --home.\n\n"
		"With --scope, for an organisation that sits in many groups, "
		"it sees and does nothing but what was sealed to these, and "
		"commands that go over everything are not for it. A region is "
		"what the charters of groups call theirs: it stands for all "
		"groups of it that this organisation has joined or convenes, "
		"later ones too; `region:NAME` says it where a group has the "
		"name as well. "
		"Whoever made the home has the first account. Where there are "
		"several accounts, the second person of a release is told by "
		"the account. For example: `qsg account add jo --role "
		"contributor --unix-user jo`.",
	    OPTABLE_ARGS(add_args),
	    .flags = OPS_WRITES,
	    .handler = accounting_add,
	    .run = accounting_run_add,
	    .render = account_json_render },
	{ .name = "account-list",
	    .words = "account list",
	    .summary = "list who may use this node, and what as",
	    .help = "Disabled accounts are listed, too: none is ever deleted, "
		    "so that what was done under it keeps its name.",
	    .handler = accounting_list,
	    .render = account_json_render_list,
	    .when_empty =
		"there are no accounts: the node's own user and root act as "
		"administrators; `qsg account add` makes one" },
	{ .name = "account-whoami",
	    .words = "account whoami",
	    .summary = "say which account you act as",
	    .handler = accounting_whoami,
	    .render = account_json_render_caller },
	{ .name = "account-disable",
	    .words = "account disable",
	    .summary = "keep an account from being used",
	    .help = "From its next request on. The last administrator cannot "
		    "be disabled.",
	    OPTABLE_ARGS(name_args),
	    .flags = OPS_WRITES,
	    .handler = accounting_disable,
	    .render = account_json_render },
	{ .name = "account-enable",
	    .words = "account enable",
	    .summary = "let an account be used again",
	    OPTABLE_ARGS(name_args),
	    .flags = OPS_WRITES,
	    .handler = accounting_enable,
	    .render = account_json_render },
	{ .name = "account-password",
	    .words = "account password",
	    .summary = "give an account a new password",
	    .help = "Typed twice, or read from --new-password-file. Only its "
		    "Argon2id hash is kept, sealed. The password is never "
		    "taken from the command line.",
	    OPTABLE_ARGS(password_args),
	    .flags = OPS_WRITES,
	    .handler = accounting_password,
	    .run = accounting_run_password,
	    .render = account_json_render },
	{ .name = "account-scope",
	    .words = "account scope",
	    .summary = "scope an account to some groups, or to none",
	    .help = "It then sees and does nothing but what was sealed to "
		    "these groups; what shows all groups at once, such as a "
		    "provider's picture, is refused. Without --group it may "
		    "see everything again.",
	    OPTABLE_ARGS(scope_args),
	    .flags = OPS_WRITES,
	    .handler = accounting_scope,
	    .render = account_json_render },
	{ .name = "activity",
	    .words = "activity",
	    .summary = "show who did and opened what here",
	    .help =
		"Every record that was opened through this node and every act, "
		"by account and time, also what was refused. Once a minute it "
		"is put into a record for this organisation alone, which names "
		"the one before: `qsg verify` reports one that is missing. "
		"What is still in none has no `logged_in` in --json.\n\n"
		"A list that opened very many records names the first 1,024 "
		"and says how many more there were. Whoever reads the disk "
		"itself, with the passphrase, is not seen here.",
	    OPTABLE_ARGS(activity_args),
	    .handler = accounting_activity,
	    .render = account_json_render_activity,
	    .when_empty = "nothing was done that fits" },
};

struct optable optable_accounts(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
