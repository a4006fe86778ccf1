#include "service/node_mark.h"

#include "service/state.h"

#include <stdio.h>

/* A new generation was committed and the power went before its mark was
 * written. Nothing of it has been released: an older mark is right. */
static bool mark_of_predecessor(struct node *node, const struct mark_head *mark)
{
	const struct checkpoint *own = &state_own_log(node)->head;
	struct state_log *log =
	    state_log_of(node, node_id(node), &mark->generation);
	struct id32 root;

	return log && own->size == 0 &&
	       !generation_equal(&mark->generation, &own->generation) &&
	       mark->size <= log->head.size &&
	       !merkle_tree_root(log->tree, mark->size, &root) &&
	       id_equal(&root, &mark->root);
}

/* PROTOCOL.md M181: "With the high-water mark missing, or naming a head that
 * its log does not contain, a node MUST NOT sign anything in that generation
 * again." */
void node_mark_judge(struct node *node)
{
	const struct state_log *own = state_own_log(node);
	const struct mark_head *mark = NULL;
	struct buf ended = { 0 };
	struct id32 root;

	node->may_sign = false;
	if (!db_meta_get(node->db, STATE_ENDED_KEY, &ended) && ended.size) {
		node->ended = true;
		(void)snprintf(node->why_not, sizeof node->why_not, "%.*s",
		    (int)ended.size, (const char *)ended.data);
		buf_clear(&ended);
		return;
	}
	buf_clear(&ended);
	if (!node->mark) {
		(void)snprintf(node->why_not, sizeof node->why_not,
		    "the high-water mark is missing or damaged: this home may "
		    "be an old copy; nothing is signed");
		return;
	}
	mark = mark_head(node->mark);
	if (mark_of_predecessor(node, mark)) {
		node->may_sign = true;
		node->why_not[0] = '\0';
		return;
	}
	if (!generation_equal(&mark->generation, &own->head.generation)) {
		(void)snprintf(node->why_not, sizeof node->why_not,
		    "the high-water mark is of another log generation; nothing "
		    "is signed");
		return;
	}
	if (mark->size > own->head.size ||
	    merkle_tree_root(own->tree, mark->size, &root) ||
	    !id_equal(&root, &mark->root)) {
		(void)snprintf(node->why_not, sizeof node->why_not,
		    "the records are older than the high-water mark (size "
		    "%llu, marked %llu): an old copy; nothing is signed",
		    (unsigned long long)own->head.size,
		    (unsigned long long)mark->size);
		return;
	}
	node->may_sign = true;
	node->why_not[0] = '\0';
}

/* A crash between commit and mark leaves the mark behind: nothing of that
 * commit was released, and it may be now. */
enum err node_mark_catch_up(struct node *node)
{
	const struct checkpoint *head = &state_own_log(node)->head;
	struct mark_head next = { .generation = head->generation,
		.size = head->size,
		.root = head->root };

	if (!node->may_sign ||
	    (mark_head(node->mark)->size == head->size &&
		generation_equal(
		    &mark_head(node->mark)->generation, &head->generation))) {
		return ERR_OK;
	}
	return mark_advance(node->mark, &next);
}
