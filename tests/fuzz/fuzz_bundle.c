/* Bundles: what is read writes the very same archive, the checker judges
 * whatever it is given, and its report is told to people. */
#include "fuzz/tool.h"
#include "view/bundle_check.h"
#include "view/bundle_read.h"

#include <sodium.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_zeros(struct buf *out, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		tool_ok(buf_u8(out, 0));
	}
}

static void check_tar(struct span archive)
{
	struct buf again = { 0 };
	struct span rest = archive;
	struct tar_file file;
	bool end = false;
	while (tar_next(&rest, &file, &end) == ERR_OK && !end) {
		tool_must(tar_name_fits(span_text(file.name)));
		tool_must(file.content.size <= archive.size);
		tool_ok(tar_put_header(
		    span_text(file.name), file.content.size, &again));
		tool_ok(buf_append(&again, file.content));
		put_zeros(&again, tar_padding(file.content.size));
	}
	if (end) {
		put_zeros(&again, TAR_END_BYTES);
		tool_must(span_equal(buf_span(&again), archive));
	}
	buf_clear(&again);
}

static void check_files(struct span archive)
{
	struct bundle_files files = { 0 };
	if (bundle_read(archive, &files) == ERR_OK) {
		for (size_t i = 0; i < files.count; i++) {
			struct bundle_path path =
			    bundle_name_path(&files.items[i].name);
			struct bundle_name name;
			tool_must(bundle_name_read(path.text, &name));
			tool_must(bundle_name_compare(
				      &name, &files.items[i].name) == 0);
			tool_must(
			    bundle_read_find(&files, &name) == &files.items[i]);
		}
		bundle_read_clear(&files);
	}
	tool_must(files.count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span archive = span_of(data, size);
	const struct bundle_trusts nobody = { 0 };
	struct paper paper = { 0 };
	json_t *report = NULL;
	tool_must(sodium_init() >= 0);
	check_tar(archive);
	check_files(archive);
	tool_ok(bundle_check(archive, &nobody, &report));
	bool good = json_is_true(json_object_get(report, "consistent"));
	bool faults =
	    json_integer_value(json_object_get(report, "fault_count")) > 0;
	tool_must(good != faults);
	bundle_check_render(&paper, report);
	tool_must(!paper.failed && paper.out.size > 0);
	buf_clear(&paper.out);
	json_decref(report);
	return 0;
}
