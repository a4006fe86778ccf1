#include "bag.h"

#include "app/bundling.h"
#include "app/ops.h"
#include "codec/text.h"
#include "service/export.h"
#include "view/bundle_read.h"
#include "view/bundle_write.h"

#include <sodium.h>

#include <stdio.h>
#include <string.h>

static enum err ask(
    void *context, const char *operation, const json_t *arguments, json_t **out)
{
	struct ops_core *core = context;
	const struct ops_op *op = ops_find(span_text(operation));
	json_t *copy = json_deep_copy(arguments);
	struct ops_answer answer = { 0 };
	ck_assert_ptr_nonnull(op);
	OK(ops_check(op, copy));
	enum err err = op->handler(core, copy, &answer);
	if (err == ERR_OK && (op->flags & OPS_WRITES) != 0) {
		err = node_commit(core->node);
	}
	json_decref(copy);
	*out = answer.json;
	return err;
}

static enum err keep(void *context, struct span bytes)
{
	return buf_append(context, bytes);
}

enum err bag_export(struct fixture *fixture, size_t at, const char *choice,
    bool open, struct buf *archive)
{
	json_error_t error;
	struct ops_core core = { .node = fixture->nodes[at] };
	const struct bundling bundling = { .ask = ask,
		.ask_context = &core,
		.sink = keep,
		.sink_context = archive };
	json_t *json = json_loads(choice, 0, &error);
	json_t *result = NULL;
	ck_assert_ptr_nonnull(json);
	enum err err = bundling_compose(&bundling, json, open, &result);
	json_decref(json);
	json_decref(result);
	return err;
}

void bag_split(struct span archive, struct bag *out)
{
	struct tar_file file;
	bool end = false;
	memset(out, 0, sizeof(*out));
	while (true) {
		OK(tar_next(&archive, &file, &end));
		if (end) {
			return;
		}
		ck_assert_uint_lt(out->count, BAG_FILES);
		struct bag_file *made = &out->files[out->count++];
		memcpy(made->name, file.name, sizeof(made->name));
		OK(buf_append(&made->content, file.content));
	}
}

void bag_make(struct fixture *fixture, size_t at, const char *choice, bool open,
    struct bag *out)
{
	struct buf archive = { 0 };
	OK(bag_export(fixture, at, choice, open, &archive));
	bag_split(buf_span(&archive), out);
	buf_clear(&archive);
}

void bag_copy(const struct bag *from, struct bag *to)
{
	memset(to, 0, sizeof(*to));
	for (size_t i = 0; i < from->count; i++) {
		memcpy(to->files[i].name, from->files[i].name,
		    sizeof(to->files[i].name));
		OK(buf_append(
		    &to->files[i].content, buf_span(&from->files[i].content)));
	}
	to->count = from->count;
}

void bag_clear(struct bag *bag)
{
	for (size_t i = 0; i < bag->count; i++) {
		buf_clear(&bag->files[i].content);
	}
	bag->count = 0;
}

static const char *below(const struct bag_file *file)
{
	return file->name + strlen(BUNDLE_TOP);
}

struct bag_file *bag_find(struct bag *bag, const char *name)
{
	for (size_t i = 0; i < bag->count; i++) {
		if (strcmp(below(&bag->files[i]), name) == 0) {
			return &bag->files[i];
		}
	}
	return NULL;
}

struct bag_file *bag_like(struct bag *bag, const char *part, size_t n)
{
	for (size_t i = 0; i < bag->count; i++) {
		if (strstr(bag->files[i].name, part) != NULL && n-- == 0) {
			return &bag->files[i];
		}
	}
	ck_abort_msg("no file like %s", part);
	return NULL;
}

static void record_name(const struct id32 *id, const char *part, char out[128])
{
	(void)snprintf(
	    out, 128, "data/records/%s/%s", text_hex_id(id).text, part);
}

struct bag_file *bag_record(
    struct bag *bag, const struct id32 *id, const char *part)
{
	char name[128];
	record_name(id, part, name);
	struct bag_file *file = bag_find(bag, name);
	ck_assert_msg(file != NULL, "no %s", name);
	return file;
}

struct bag_file *bag_add(struct bag *bag, const char *name, struct span content)
{
	char whole[TAR_NAME_BYTES + 1];
	struct bundle_name place;
	size_t at = bag->count;
	(void)snprintf(whole, sizeof(whole), BUNDLE_TOP "%s", name);
	if (bundle_name_read(whole, &place)) {
		for (size_t i = bag->count; i > 0; i--) {
			struct bundle_name other;
			ck_assert(
			    bundle_name_read(bag->files[i - 1].name, &other));
			if (bundle_name_compare(&place, &other) <= 0) {
				at = i - 1;
			}
		}
	}
	ck_assert_uint_lt(bag->count, BAG_FILES);
	memmove(&bag->files[at + 1], &bag->files[at],
	    (bag->count - at) * sizeof(bag->files[0]));
	bag->count++;
	struct bag_file *file = &bag->files[at];
	memset(file, 0, sizeof(*file));
	memcpy(file->name, whole, sizeof(whole));
	OK(buf_append(&file->content, content));
	return file;
}

void bag_remove(struct bag *bag, const struct bag_file *file)
{
	size_t at = (size_t)(file - bag->files);
	buf_clear(&bag->files[at].content);
	bag->count--;
	memmove(&bag->files[at], &bag->files[at + 1],
	    (bag->count - at) * sizeof(bag->files[0]));
}

void bag_put(struct bag_file *file, struct span content)
{
	buf_reset(&file->content);
	OK(buf_append(&file->content, content));
}

void bag_flip(struct bag_file *file, size_t at)
{
	file->content.data[at % file->content.size] ^= 1;
}

/* Leave the lines out that hold a text. */
static void cut_lines(struct bag_file *file, const char *text)
{
	struct buf kept = { 0 };
	const char *at = buf_text(&file->content);
	while (*at != '\0') {
		size_t size = strcspn(at, "\n") + 1;
		const char *found = strstr(at, text);
		if (found == NULL || found >= at + size) {
			OK(buf_append(&kept, span_of(at, size)));
		}
		at += size;
	}
	buf_clear(&file->content);
	file->content = kept;
}

void bag_remove_record(struct bag *bag, const struct id32 *id)
{
	struct hex32 text = text_hex_id(id);
	for (size_t i = bag->count; i > 0; i--) {
		if (strstr(bag->files[i - 1].name, text.text) != NULL) {
			bag_remove(bag, &bag->files[i - 1]);
		}
	}
	cut_lines(bag_find(bag, "data/index.csv"), text.text);
	cut_lines(bag_find(bag, "data/index.html"), text.text);
}

static void list(
    struct bag *bag, const char *manifest, bool payload, struct buf *out)
{
	for (size_t i = 0; i < bag->count; i++) {
		const struct bag_file *file = &bag->files[i];
		bool data = strncmp(below(file), "data/", 5) == 0;
		uint8_t hash[crypto_hash_sha512_BYTES];
		if (data != payload || strcmp(below(file), manifest) == 0) {
			continue;
		}
		(void)crypto_hash_sha512(
		    hash, file->content.data, file->content.size);
		OK(text_hex(span_of(hash, sizeof(hash)), out));
		OK(buf_printf(out, "  %s\n", below(file)));
	}
	struct bag_file *file = bag_find(bag, manifest);
	if (file != NULL) {
		bag_put(file, buf_span(out));
	}
	buf_clear(out);
}

static void recompute_payload(struct bag *bag)
{
	struct buf text = { 0 };
	uint64_t bytes = 0;
	uint64_t files = 0;
	for (size_t i = 0; i < bag->count; i++) {
		if (strncmp(below(&bag->files[i]), "data/", 5) == 0) {
			bytes += bag->files[i].content.size;
			files++;
		}
	}
	OK(bundle_info(bytes, files, &text));
	if (bag_find(bag, "bag-info.txt") != NULL) {
		bag_put(bag_find(bag, "bag-info.txt"), buf_span(&text));
	}
	buf_reset(&text);
	list(bag, "manifest-sha512.txt", true, &text);
}

void bag_tags(struct bag *bag)
{
	struct buf text = { 0 };
	list(bag, "tagmanifest-sha512.txt", false, &text);
}

void bag_recompute(struct bag *bag)
{
	recompute_payload(bag);
	bag_tags(bag);
}

static enum err list_records(struct bag *bag, struct bundle_lists *lists)
{
	enum err err = bundle_lists_begin(lists);
	for (size_t i = 0; err == ERR_OK && i < bag->count;) {
		struct bundle_record record = { 0 };
		struct bundle_name first;
		struct bundle_name name;
		ck_assert(bundle_name_read(bag->files[i].name, &first));
		if (first.kind != BUNDLE_RECORD) {
			i++;
			continue;
		}
		for (; i < bag->count; i++) {
			ck_assert(bundle_name_read(bag->files[i].name, &name));
			if (name.kind != BUNDLE_RECORD ||
			    !id_equal(&name.id, &first.id)) {
				break;
			}
			record.parts[name.part] =
			    buf_span(&bag->files[i].content);
		}
		err = bundle_lists_record(lists, &first.id, &record);
	}
	return err == ERR_OK ? bundle_lists_end(lists) : err;
}

void bag_lists(struct bag *bag)
{
	struct bundle_lists lists = { 0 };
	for (size_t i = 0; i < bag->count; i++) {
		struct card card = { 0 };
		if (strstr(bag->files[i].name, "/cards/") != NULL) {
			OK(card_parse(buf_span(&bag->files[i].content), &card));
			OK(bundle_lists_card(&lists, &card));
		}
	}
	OK(list_records(bag, &lists));
	bag_put(bag_find(bag, "data/index.csv"), buf_span(&lists.csv));
	bag_put(bag_find(bag, "data/index.html"), buf_span(&lists.page));
	bundle_lists_clear(&lists);
}

/* How many folders of records, and whether any is opened. */
static uint64_t count_records(const struct bag *bag, bool *opened)
{
	char last[96] = "";
	uint64_t count = 0;
	*opened = false;
	for (size_t i = 0; i < bag->count; i++) {
		const char *name = below(&bag->files[i]);
		if (strncmp(name, "data/records/", 13) != 0) {
			continue;
		}
		if (strncmp(last, name, 77) != 0) {
			count++;
			memcpy(last, name, 77);
		}
		*opened = *opened || strstr(name, "content-key") != NULL;
	}
	return count;
}

void bag_seal(struct bag *bag, struct fixture *fixture, size_t at,
    const struct bag_claims *claims)
{
	struct node *node = fixture->nodes[at];
	struct export_seal seal = { .what = claims->what };
	struct export_record record = { 0 };
	const struct export_heads none = { 0 };
	struct id32 id;
	recompute_payload(bag);
	const struct bag_file *manifest = bag_find(bag, "manifest-sha512.txt");
	(void)crypto_hash_sha256(
	    seal.manifest.b, manifest->content.data, manifest->content.size);
	seal.records = (uint64_t)((int64_t)count_records(bag, &seal.opened) +
				  claims->more);
	seal.opened = seal.opened != claims->turn;
	OK(export_record_it(node, &seal, &id));
	OK(node_commit(node));
	OK(export_read(node, &id, &none, EXPORT_OPEN, &record));
	bag_put(bag_find(bag, "seal/body"), buf_span(&record.body));
	bag_put(bag_find(bag, "seal/content-key"),
	    span_of(record.key, sizeof(record.key)));
	bag_put(bag_find(bag, "seal/header"), buf_span(&record.header));
	bag_put(bag_find(bag, "seal/payload"), buf_span(&record.payload));
	bag_put(bag_find(bag, "seal/proof"), buf_span(&record.proof));
	export_record_clear(&record);
	bag_tags(bag);
}

void bag_join(const struct bag *bag, struct buf *out)
{
	static const uint8_t zeros[TAR_END_BYTES];
	buf_reset(out);
	for (size_t i = 0; i < bag->count; i++) {
		const struct bag_file *file = &bag->files[i];
		OK(tar_put_header(
		    span_text(file->name), file->content.size, out));
		OK(buf_append(out, buf_span(&file->content)));
		OK(buf_append(
		    out, span_of(zeros, tar_padding(file->content.size))));
	}
	OK(buf_append(out, span_of(zeros, sizeof(zeros))));
}

json_t *bag_report(struct span archive, const struct bundle_trusts *trusts)
{
	json_t *report = NULL;
	OK(bundle_check(archive, trusts, &report));
	return report;
}

const char *bag_fault_of(struct span archive)
{
	static char text[700];
	const struct bundle_trusts nobody = { 0 };
	json_t *report = bag_report(archive, &nobody);
	const json_t *fault =
	    json_array_get(json_object_get(report, "faults"), 0);
	const char *file = json_string_value(json_object_get(fault, "file"));
	ck_assert_int_eq(
	    fault == NULL, json_is_true(json_object_get(report, "consistent")));
	(void)snprintf(text, sizeof(text), "%s: %s",
	    file == NULL ? "" : file + strlen(BUNDLE_TOP),
	    fault == NULL ? ""
			  : json_string_value(json_object_get(fault, "what")));
	json_decref(report);
	return fault == NULL ? NULL : text;
}

const char *bag_fault(const struct bag *bag)
{
	struct buf archive = { 0 };
	bag_join(bag, &archive);
	const char *fault = bag_fault_of(buf_span(&archive));
	buf_clear(&archive);
	return fault;
}
