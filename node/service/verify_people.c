#include "service/accounts.h"
#include "service/activity.h"
#include "service/verifying.h"

static enum err verify_account(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;

	verifying->next++;
	if ((uint64_t)row->number[0] != verifying->next ||
	    accounts_check(verifying->node, row->number[0], row->bytes[1])) {
		verify_fault_row(verifying, row, "an account does not open");
	}
	return ERR_OK;
}

static enum err verify_noted(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;

	if (row->number[0] < 1 ||
	    activity_check_row(verifying->node, row->bytes[1])) {
		verify_fault_row(verifying, row, "what was done does not open");
	}
	return ERR_OK;
}

static void broken(void *context, uint32_t rid, const char *what)
{
	verify_fault_record(context, rid, what);
}

enum err verify_people(struct verifying *verifying)
{
	struct node *node = verifying->node;
	enum err err = ERR_OK;

	verifying->next = 0;
	err = verify_scanned(verifying, "account",
	    rows_scan(node->db, ROWS_ACCOUNT, verify_account, verifying));
	if (!err) {
		err = verify_scanned(verifying, "activity",
		    rows_scan(
			node->db, ROWS_ACTIVITY, verify_noted, verifying));
	}
	return err ? err : activity_check(node, broken, verifying);
}
