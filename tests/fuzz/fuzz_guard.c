/* Free text before it is sealed: findings lie inside the text, in order,
 * without overlap, and a scan gives the same twice. */
#include "domain/guard.h"
#include "fuzz/tool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guard_findings once = { 0 };
	struct guard_findings twice = { 0 };
	struct span text = span_of(data, size);
	size_t end = 0;
	tool_ok(guard_scan(text, &once));
	tool_ok(guard_scan(text, &twice));
	tool_must(once.count == twice.count);
	for (size_t i = 0; i < once.count; i++) {
		const struct guard_finding *found = &once.items[i];
		tool_must(found->kind < GUARD_KIND_COUNT);
		tool_must(found->size > 0 && found->offset >= end);
		tool_must(found->offset <= size &&
			  found->size <= size - found->offset);
		tool_must(found->line >= 1 && found->column >= 1);
		tool_must(found->line <= size + 1);
		tool_must(found->offset == twice.items[i].offset);
		end = found->offset + found->size;
	}
	guard_findings_clear(&once);
	guard_findings_clear(&twice);
	return 0;
}
